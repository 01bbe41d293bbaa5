/** A stage: gives each number a name, and fails, dies or wanders off where it is told to. */
import { stage } from 'slipring/pipeline';
import { Item, Named } from './stage-events.js';

export interface NameData {
  /** At these numbers, in lives up to `lives` (1 unless given), the handler throws, or ends its thread. */
  readonly throwsAt?: number;
  readonly diesAt?: number;
  readonly lives?: number;
  /** Lets go of what was handled, at each event. */
  readonly releases?: boolean;
  /** Throws when it shall begin, or when the input has ended. */
  readonly beginThrows?: boolean;
  readonly endThrows?: boolean;
  /** Publishes how many it has handled, when the input has ended. */
  readonly endTells?: boolean;
  /** Throws what cannot be cloned. */
  readonly odd?: boolean;
  /** Throws once it has ended, where nobody awaits it. */
  readonly throwsLate?: boolean;
  /** Keeps its event loop busy for ever, in its first life. */
  readonly lingers?: boolean;
}

const fill = (named: { id: number; thread: number; name: string }, id: number, thread: number): void => {
  named.id = id;
  named.thread = thread;
  named.name = `number ${id}`;
};

let handled = 0;

export default stage(Item, Named, {
  begin({ data }) {
    if ((data as NameData | undefined)?.lingers) setInterval(() => {}, 1_000);
    if ((data as NameData | undefined)?.beginThrows) throw new RangeError('no beginning');
  },
  each({ id }, out, context) {
    const { throwsAt, diesAt, lives = 1, releases, odd } = (context.data ?? {}) as NameData;
    if (releases) context.release();
    if (context.life <= lives) {
      if (id === throwsAt) {
        const error = Object.assign(new RangeError(`no name for ${id}`), { code: 'ERR_NAME' });
        throw odd ? Object.assign(error, { cause: () => 'cannot be cloned' }) : error;
      }
      if (id === diesAt) process.exit(7);
    }
    handled++;
    out.publish(fill, id, context.thread);
  },
  end(out, { data, thread }) {
    if ((data as NameData | undefined)?.throwsLate) {
      setTimeout(() => {
        throw new RangeError('too late');
      }, 1);
    }
    if ((data as NameData | undefined)?.endThrows) throw new RangeError('no end');
    if ((data as NameData | undefined)?.endTells) out.publish(fill, handled, thread);
  },
});
