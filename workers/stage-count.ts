/** A source: publishes the numbers below `count`, from where the thread before it died. */
import { source } from 'slipring/pipeline';
import { Item } from './stage-events.js';

export interface CountData {
  /** Infinity for a source that only a close ends. */
  readonly count: number;
  /** Ends its thread after this one is published, in its first life. */
  readonly diesAfter?: number;
  /** Begins once this word is 1. */
  readonly gate?: Int32Array;
}

const fill = (item: { id: number }, id: number): void => {
  item.id = id;
};

export default source(Item, (out, { data, life }) => {
  const { count, diesAfter, gate } = data as CountData;
  if (gate !== undefined) while (Atomics.load(gate, 0) === 0) Atomics.wait(gate, 0, 0);
  for (let id = out.next; id < count; id++) {
    out.publish(fill, id);
    if (id === diesAfter && life === 1) process.exit(7);
  }
});
