/** A source: publishes the numbers below `count`, from where the thread before it died; with `last`, until it is closed. */
import { source } from 'slipring/pipeline';
import { Item } from './stage-events.js';

export interface CountData {
  /** Infinity for a source that only a close ends. */
  readonly count: number;
  /** Ends its thread after this one is published, in its first life. */
  readonly diesAfter?: number;
}

const fill = (item: { id: number }, id: number): void => {
  item.id = id;
};

export default source(Item, (out, { data, life }) => {
  const { count, diesAfter } = data as CountData;
  for (let id = out.next; id < count; id++) {
    out.publish(fill, id);
    if (id === diesAfter && life === 1) process.exit(7);
  }
});
