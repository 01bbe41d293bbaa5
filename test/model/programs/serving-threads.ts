/** What threads do where several rings are served together, and what must hold at the end. */
import type { FinalEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import {
  type Consumer,
  type Env,
  fill,
  opened,
  type Posted,
  producing,
  type RingPlan,
  seated,
  told,
  toldAsync,
  valueOf,
} from './face-threads.js';
import type { AsyncWaitOptions, Serving, WaitOptions } from '../../../src/index.js';

/** The event of a ring: what publishers and servers observe. */
const eventOf = (ring: number, sequence: number): string => `${ring}:${sequence}`;

export const belled: RingPlan = { capacity: 1, belled: true };

/** Publishes so many events into each of these rings, one into each in turn; closes them after that. */
export const publishInto =
  (library: Library, rings: readonly number[], events: number, closes = false) =>
  (env: Env): void => {
    const producers = rings.map((ring) => producing(library, env, ring));
    const handles = closes ? rings.map((ring) => opened(library, env, ring)) : [];
    told(library, env, () => {
      for (let turn = 0; turn < events; turn++) {
        producers.forEach((producer, i) => {
          const sequence = producer.publish(fill, valueOf(producer.next));
          env.observe(eventOf(rings[i], sequence));
        });
      }
    });
    for (const ring of handles) ring.close();
  };

export interface ServerPlan {
  /** For each ring, after how many events its consumer is disposed; `Infinity` for a ring that is closed. */
  readonly events: readonly number[];
  /** The rings' numbers; 0, 1, … unless given. */
  readonly rings?: readonly number[];
  /** Its consumers in the rings; `reader` unless given. */
  readonly names?: readonly string[];
  /** Goes on with the rings that have not ended after its waits timed out or were cancelled, or a ring was aborted. */
  readonly persistent?: true;
}

/** What serves these rings: it sees events, and takes its consumers out when it has seen enough. */
function servings(
  library: Library,
  env: Env,
  plan: ServerPlan,
): { list: Serving<{ n: never }>[]; consumers: Consumer[]; aborted: (place: number) => boolean } {
  const { events, names = [], rings = events.map((_, number) => number) } = plan;
  const consumers = rings.map((ring, i) => seated(library, env, names[i] ?? 'reader', ring));
  const views = rings.map((ring) => opened(library, env, ring));
  const list = consumers.map((consumer, i) => {
    let seen = 0;
    const handler = (tick: { readonly n: number }, sequence: number): void => {
      if (tick.n !== valueOf(sequence)) throw new Error(`read ${tick.n} as the event of ${sequence}`);
      // Of two consumers in one ring, the last: it comes after the other.
      if (rings.lastIndexOf(rings[i]) === i) env.observe(eventOf(rings[i], sequence));
      if (++seen === events[i]) consumer[Symbol.dispose]();
    };
    return [consumer, handler, { max: 1 }] as const;
  });
  const aborted = (place: number): boolean => views[place].snapshot().aborted;
  return { list: list as unknown as Serving<{ n: never }>[], consumers, aborted };
}

/** Takes so many events of ring `ring`, parking. */
export const ordinaryReader =
  (library: Library, ring: number, name: string, events: number, limiting?: (env: Env) => WaitOptions) =>
  (env: Env): void => {
    const consumer = seated(library, env, name, ring);
    const limits = limiting && env.prepare(() => limiting(env));
    told(library, env, () => {
      for (let seen = 0; seen < events; seen++) {
        using batch = consumer.take({ wait: 'park', ...limits, max: 1 });
        for (const tick of batch!) {
          if (tick.n !== valueOf(batch!.first))
            throw new Error(`read ${tick.n} as the event of ${batch!.first}`);
          env.observe(eventOf(ring, batch!.first));
        }
      }
    });
  };

/** Serves, parking; observes each event, then how it ended. */
export const server =
  (library: Library, plan: ServerPlan, limiting?: (env: Env) => WaitOptions) =>
  (env: Env): void => {
    const { list, consumers, aborted } = servings(library, env, plan);
    const limits = limiting && env.prepare(() => limiting(env));
    told(library, env, () => {
      try {
        library.face.serve(list, { wait: 'park', ...limits });
      } catch (error) {
        if (!plan.persistent || !(error instanceof library.face.SlipringError)) throw error;
        env.observe(error.code);
        const rest = list.filter((_, i) => !consumers[i].ended && !aborted(i));
        if (rest.length > 0) library.face.serve(rest, { wait: 'park' });
      }
    });
  };

/** As `server`, on the event loop. `meanwhile` may set tasks that dispose consumers. */
export const asyncServer =
  (
    library: Library,
    plan: ServerPlan,
    limiting?: (env: Env) => AsyncWaitOptions,
    meanwhile?: (env: Env, consumers: readonly Consumer[]) => void,
  ) =>
  async (env: Env): Promise<void> => {
    const { list, consumers } = servings(library, env, plan);
    meanwhile?.(env, consumers);
    await toldAsync(library, env, async () => {
      try {
        await library.face.serveAsync(list, limiting?.(env));
      } catch (error) {
        // Also the reason of a signal.
        if (!plan.persistent || !(error instanceof Error)) throw error;
        await library.face.serveAsync(list);
      }
    });
  };

// --- What must hold at the end of a run.

type Judge = (env: FinalEnv<Posted>) => unknown;

const eventsOf = (values: readonly unknown[] = [], ring: number): string[] =>
  values.filter((value): value is string => typeof value === 'string' && value.startsWith(`${ring}:`));

/** Each of these threads saw every event of the rings that it serves once, in order. `mayDie`: its last event may be unknown. */
export function servedAll(threads: Readonly<Record<string, readonly number[]>>, mayDie?: string): Judge {
  return ({ observed, ended }) => {
    const counts: number[] = [];
    for (const [thread, rings] of Object.entries(threads)) {
      for (const ring of rings) {
        const published = Object.entries(observed)
          .filter(([name]) => name.startsWith('producer'))
          .flatMap(([, values]) => eventsOf(values, ring))
          .sort();
        const seen = eventsOf(observed[thread], ring);
        const more = seen.length - published.length;
        const expected = published.map((_, sequence) => eventOf(ring, sequence));
        if (more === 1 && mayDie !== undefined && ended[mayDie] === 'killed')
          expected.push(eventOf(ring, published.length));
        if (
          seen.join() !== expected.join() ||
          published.join() !== expected.slice(0, published.length).join()
        )
          throw new Error(`${thread} saw ${seen.join() || 'nothing'} of ${published.join() || 'nothing'}`);
        counts.push(seen.length);
      }
    }
    return counts.join();
  };
}
