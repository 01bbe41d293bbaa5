/** Who takes part: rings and ports with so many threads on each side, of whatever kind is varied. */
import type { MessagePort } from 'node:worker_threads';
import { createRing, type RingHandle } from 'slipring';
import { Message, wideEvent } from '../../workers/growth-events.js';
import { Trade } from '../../workers/trade.js';
import { CAPACITY } from '../contenders.js';
import { type Entrant, Reporter } from '../harness.js';

/** An entrant, and where it stands. */
export interface Placed extends Entrant {
  at: number;
}

interface Thread {
  file: string;
  data: object;
  transfer?: unknown[];
  /** Reports of a round: one each, unless it checks several streams. */
  reports?: number;
}

/** Producers that start at `go`, consumers that report when they have it all; `events` a round. */
function entrant(
  experiment: string,
  system: string,
  at: number,
  events: number,
  threads: () => { front: Thread[]; back: Thread[] },
): Placed {
  return {
    experiment,
    system,
    at,
    unit: 'events/s',
    async start() {
      const { front, back } = threads();
      const begin = ({ file, data, transfer }: Thread): Reporter => new Reporter(file, data, transfer);
      const consumers = back.map(begin);
      const producers = front.map(begin);
      const all = [...consumers, ...producers];
      const stop = async (): Promise<void> => {
        await Promise.all(all.map(({ worker }) => worker.terminate()));
      };
      try {
        await Promise.all(all.map((thread) => thread.next()));
      } catch (error) {
        await stop();
        throw error;
      }
      return {
        async round() {
          for (const { worker } of producers) worker.postMessage('go');
          const begins = producers.map(async (thread) => (await thread.next()).at);
          const ends = consumers.map(async (thread, i) => {
            let last = 0;
            for (let n = back[i].reports ?? 1; n > 0; n--) last = Math.max(last, (await thread.next()).at);
            return last;
          });
          const [started, ended] = await Promise.all([Promise.all(begins), Promise.all(ends)]);
          return events / ((Math.max(...ended) - Math.min(...started)) / 1e9);
        },
        stop,
      };
    },
  };
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export interface Crowd {
  producers?: number;
  consumers?: number;
  /** So many rings of the same, each with threads of its own. */
  rings?: number;
  capacity?: number;
  /** Seats for so many producers, whether or not they are taken: more than one means the protocol for several. */
  seats?: number;
}

/** Trades one at a time: `count` a round, of each producer. */
export function ringOf(experiment: string, at: number, count: number, crowd: Crowd): Placed {
  const { producers = 1, consumers = 1, rings = 1, capacity = CAPACITY, seats = producers } = crowd;
  const names = times(consumers, (k) => `reader${k}`);
  return entrant(experiment, 'slipring', at, count * producers * rings, () => {
    const handles = times(
      rings,
      () => createRing(Trade, { capacity, producers: seats, consumers: names }).handle,
    );
    const thread = (ring: RingHandle, place: { producer: number } | { consumer: string }): Thread => ({
      file: 'growth-trades',
      data: { ring, count, producers, ...place },
    });
    return {
      front: handles.flatMap((ring) => times(producers, (producer) => thread(ring, { producer }))),
      back: handles.flatMap((ring) => names.map((consumer) => thread(ring, { consumer }))),
    };
  });
}

/** Trades by postMessage: a channel from each producer to each consumer. `count` a round, on each. */
export function portsOf(experiment: string, at: number, count: number, crowd: Crowd): Placed {
  const { producers = 1, consumers = 1, rings = 1 } = crowd;
  return entrant(experiment, 'post-message', at, count * producers * rings, () => {
    const front: Thread[] = [];
    const back: Thread[] = [];
    const thread = (role: 'producer' | 'consumer', ports: MessagePort[]): Thread => ({
      file: 'growth-ports',
      data: { role, ports, count },
      transfer: ports,
      reports: ports.length,
    });
    for (let ring = 0; ring < rings; ring++) {
      const channels = times(producers, () => times(consumers, () => new MessageChannel()));
      for (const from of channels)
        front.push(
          thread(
            'producer',
            from.map(({ port1 }) => port1),
          ),
        );
      for (let k = 0; k < consumers; k++)
        back.push(
          thread(
            'consumer',
            channels.map((from) => from[k].port2),
          ),
        );
    }
    return { front, back };
  });
}

/** One producer and one consumer with a ring, or with a channel, between them. */
function pair(
  file: string,
  more: object,
  handle: RingHandle | undefined,
): { front: Thread[]; back: Thread[] } {
  if (handle !== undefined) {
    const data = { ...more, ring: handle };
    return {
      front: [{ file, data: { ...data, role: 'producer' } }],
      back: [{ file, data: { ...data, role: 'consumer' } }],
    };
  }
  const { port1, port2 } = new MessageChannel();
  return {
    front: [{ file, data: { ...more, role: 'producer', port: port1 }, transfer: [port1] }],
    back: [{ file, data: { ...more, role: 'consumer', port: port2 }, transfer: [port2] }],
  };
}

/** Events of so many columns, in claims of 100. */
export function wide(experiment: string, width: number, count: number, over: 'ring' | 'port'): Placed {
  return entrant(experiment, over === 'ring' ? 'slipring' : 'post-message', width, count, () =>
    pair(
      'growth-wide',
      { width, count },
      over === 'ring'
        ? createRing(wideEvent(width), { capacity: 8192, consumers: ['reader'] }).handle
        : undefined,
    ),
  );
}

/** Messages of so many bytes, one at a time. */
export function sized(experiment: string, size: number, count: number, over: 'ring' | 'port'): Placed {
  const ring = (): RingHandle =>
    createRing(Message, { capacity: 1024, consumers: ['reader'], arenaBytes: Math.max(65_536, size * 16) })
      .handle;
  return entrant(experiment, over === 'ring' ? 'slipring' : 'post-message', size, count, () =>
    pair('growth-bytes', { size, count }, over === 'ring' ? ring() : undefined),
  );
}
