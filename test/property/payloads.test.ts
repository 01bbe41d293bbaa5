/** Any mixture of payloads, sizes and readers against a plain model: what was published, and which bytes are still to be read. */
import fc from 'fast-check';
import { bytes, type ConsumerGraph, createRing, event, text, u32 } from 'slipring';
import { describe, expect, it } from 'vitest';
import { Arena, unitsOf } from '../../src/payload/arena.js';
import { wraps } from '../unit/support.js';

const units = fc.integer({ min: 0, max: 8 }).map((n) => 8 * n);

describe('an arena', () => {
  it('never takes bytes that are not free, takes all that fit, and frees in order', () => {
    const commands = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('take' as const), bytes: units }),
        fc.record({ do: fc.constant('commit' as const), bytes: fc.constant(0) }),
        fc.record({ do: fc.constant('rollBack' as const), bytes: fc.constant(0) }),
        fc.record({ do: fc.constant('pass' as const), bytes: fc.integer({ min: 1, max: 3 }) }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(commands, (steps) => {
        const size = 128;
        const arena = new Arena(size, 0);
        arena.free(0);
        // The model: every byte, with the sequence whose passing frees it, or Infinity for the claim in hand.
        const owner = new Array<number>(size).fill(-1);
        let sequence = 0;
        let passed = 0;
        let inHand = 0;
        for (const step of steps) {
          if (step.do === 'take') {
            if (inHand + step.bytes > arena.most) continue;
            if (!arena.fits(step.bytes)) {
              // Freeing what the arena says makes it fit; the sequence before does not.
              const goal = arena.goalFor(step.bytes);
              if (inHand > 0) continue;
              expect(goal).toBeGreaterThan(passed);
              expect(goal).toBeLessThanOrEqual(sequence);
              arena.free(goal - 1);
              expect(arena.fits(step.bytes)).toBe(false);
              arena.free(goal);
              expect(arena.fits(step.bytes)).toBe(true);
              passed = goal;
              for (let i = 0; i < size; i++) if (owner[i] <= passed) owner[i] = -1;
            }
            const start = arena.take(step.bytes);
            inHand += step.bytes;
            for (let i = start; i < start + step.bytes; i++) {
              expect(i).toBeLessThan(size);
              expect(owner[i]).toBe(-1);
              owner[i] = Infinity;
            }
          } else if (step.do === 'commit') {
            sequence++;
            arena.commit(sequence);
            for (let i = 0; i < size; i++) if (owner[i] === Infinity) owner[i] = sequence;
            inHand = 0;
          } else if (step.do === 'rollBack') {
            arena.rollBack();
            for (let i = 0; i < size; i++) if (owner[i] === Infinity) owner[i] = -1;
            inHand = 0;
          } else {
            passed = Math.max(passed, Math.min(sequence, passed + step.bytes));
            arena.free(passed);
            for (let i = 0; i < size; i++) if (owner[i] <= passed) owner[i] = -1;
          }
        }
        // Once everything is passed, half of it fits, wherever the lap stands.
        arena.rollBack();
        arena.free(sequence);
        expect(arena.fits(arena.most)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is full until the one before in the seat is passed', () => {
    const arena = new Arena(128, 7);
    expect([arena.fits(8), arena.goalFor(8)]).toEqual([false, 7]);
    arena.free(6);
    expect(arena.fits(8)).toBe(false);
    arena.free(7);
    expect([arena.fits(64), arena.fits(128)]).toEqual([true, true]);
  });

  it('gives every payload whole units', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (length) => {
        const taken = unitsOf(length);
        expect(taken % 8).toBe(0);
        expect(taken - length).toBeGreaterThanOrEqual(0);
        expect(taken - length).toBeLessThan(8);
      }),
    );
  });
});

const Message = event({ n: u32, body: bytes(), name: text() });

/** What event `n` holds: as many bytes as it is given, all telling whose they are. */
const bodyOf = (n: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (n * 31 + i) & 255);
const nameOf = (n: number, length: number): string => String.fromCharCode(97 + (n % 26)).repeat(length);

interface Planned {
  readonly n: number;
  readonly body: number;
  readonly name: number;
  readonly way: 'set' | 'reserve';
}

function fill(
  message: {
    n: number;
    body: Uint8Array;
    name: string;
    reserve: (name: 'body', bytes: number) => Uint8Array;
    trim: (name: 'body', bytes: number) => void;
  },
  { n, body, name, way }: Planned,
): void {
  message.n = n;
  if (way === 'set') message.body = bodyOf(n, body);
  else {
    message.reserve('body', Math.min(32, body + 5)).set(bodyOf(n, Math.min(32, body)));
    message.trim('body', Math.min(32, body));
  }
  message.name = nameOf(n, name);
}

const planned = fc.record({
  body: fc.oneof(fc.integer({ min: 0, max: 32 }), fc.constantFrom(0, 8, 31, 32)),
  name: fc.integer({ min: 0, max: 10 }),
  way: fc.constantFrom('set' as const, 'reserve' as const),
});

const publishing = fc.record({
  do: fc.constantFrom(
    'publish' as const,
    'tryPublish' as const,
    'batch' as const,
    'claim' as const,
    'abandon' as const,
    'throw' as const,
    'reopen' as const,
  ),
  producer: fc.integer({ min: 0, max: 1 }),
  events: fc.array(planned, { minLength: 1, maxLength: 5 }),
});
const reading = fc.record({
  do: fc.constant('read' as const),
  consumer: fc.integer({ min: 0, max: 2 }),
  max: fc.integer({ min: 1, max: 4 }),
});

const graphs: Record<string, { graph: ConsumerGraph; lossy?: true }> = {
  'one consumer': { graph: { a: {} } },
  'a chain': { graph: { a: {}, b: { after: ['a'] } } },
  'a group before a consumer': { graph: { a: { workers: 2 }, b: { after: ['a'] } } },
  'a lossy consumer beside another': { graph: { a: { lossy: true }, b: {} }, lossy: true },
};

describe.each(Object.entries(graphs))('rings with the smallest arena and %s', (_name, { graph, lossy }) => {
  it.each([1, 2])('of %i producers deliver every event as it was filled', (producers) => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 2, arbitrary: publishing }, { weight: 3, arbitrary: reading }), {
          maxLength: 120,
        }),
        fc.constantFrom(0, ...wraps),
        (steps, firstSequence) => {
          const ring = createRing(Message, {
            capacity: 4,
            producers,
            arenaBytes: 128,
            consumers: graph as Record<string, object>,
            firstSequence,
          });
          const seats = Array.from({ length: producers }, () => ring.openProducer());
          const consumers = Object.keys(graph).map((name) => ring.openConsumer(name));
          /** By sequence: what was published. */
          const published = new Map<number, Planned>();
          const seen = consumers.map((): number[] => []);
          let n = 0;
          for (const step of steps) {
            if (step.do === 'read') {
              const which = step.consumer % consumers.length;
              consumers[which].poll(
                (message, sequence) => {
                  const event = published.get(sequence)!;
                  const body = event.way === 'reserve' ? Math.min(32, event.body) : event.body;
                  expect(message.n).toBe(event.n);
                  expect(message.body).toEqual(sharedOf(bodyOf(event.n, body)));
                  expect(message.name).toBe(nameOf(event.n, event.name));
                  seen[which].push(sequence);
                },
                { max: step.max },
              );
              continue;
            }
            const at = step.producer % producers;
            const producer = seats[at];
            const events = step.events.map((event) => ({ ...event, n: n++ }));
            const atOnce = { timeoutMs: 0 };
            const told = (sequence: number | undefined, event: Planned): void => {
              if (sequence !== undefined) published.set(sequence, event);
            };
            try {
              switch (step.do) {
                case 'publish':
                  for (const event of events) told(producer.publish(atOnce, fill, event), event);
                  break;
                case 'tryPublish':
                  for (const event of events) told(producer.tryPublish(fill, event), event);
                  break;
                case 'batch': {
                  // What went out before a time-out counts too: it is found by looking.
                  const filled: Planned[] = [];
                  const before = ring.snapshot().published;
                  try {
                    producer.publishBatch(
                      events,
                      (message, event: Planned) => (filled.push(event), fill(message, event)),
                      atOnce,
                    );
                  } finally {
                    const now = ring.snapshot().published;
                    for (let i = 0; i < now - before; i++) told(before + i, filled[i]);
                  }
                  break;
                }
                case 'claim':
                case 'abandon': {
                  const claim = producer.tryClaim(Math.min(2, events.length));
                  if (claim === undefined) break;
                  let i = 0;
                  for (const message of claim)
                    fill(message, { ...events[i++], body: Math.min(16, events[i - 1].body), name: 1 });
                  if (step.do === 'abandon') claim.abandon();
                  else {
                    claim.commit();
                    for (let i = 0; i < claim.length; i++)
                      told(claim.first + i, { ...events[i], body: Math.min(16, events[i].body), name: 1 });
                  }
                  break;
                }
                case 'throw':
                  expect(() =>
                    producer.publish(atOnce, (message) => {
                      fill(message, events[0]);
                      throw new Error('stop');
                    }),
                  ).toThrow();
                  break;
                case 'reopen':
                  producer[Symbol.dispose]();
                  seats[at] = ring.openProducer();
              }
            } catch (error) {
              expect(error).toMatchObject({ code: 'ERR_TIMED_OUT' });
            }
          }
          // Everything that is left comes, too.
          for (let more = true; more;) {
            more = false;
            consumers.forEach((consumer, which) => {
              const read = consumer.poll((message, sequence) => {
                expect(message.n).toBe(published.get(sequence)!.n);
                seen[which].push(sequence);
              });
              if (read > 0) more = true;
            });
          }
          const all = [...published.keys()].sort((a, b) => a - b);
          seen.forEach((sequences, which) => {
            if (lossy && which === 0) {
              expect([...sequences].sort((a, b) => a - b)).toEqual(sequences);
              for (const sequence of sequences) expect(published.has(sequence)).toBe(true);
            } else expect(sequences).toEqual(all);
          });
          // Everything was passed: half of every arena is free.
          for (const producer of seats)
            expect(producer.tryPublish((message) => (message.body = new Uint8Array(64)))).toBeDefined();
        },
      ),
      { numRuns: 150 },
    );
  });
});

function sharedOf(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
