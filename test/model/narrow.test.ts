/** The built core with positions of eight bits instead of thirty: everything that comes round does so within a few claims. */
import { describe, expect, it } from 'vitest';
import { formatResult } from './checker/index.js';
import type { Library } from './library.js';
import { type Edit, overPatched } from './mutants/mutant.js';
import { joiningPrograms } from './programs/joining.js';
import { producerPrograms } from './programs/producers.js';
import { smallProducerPrograms } from './programs/producers-small.js';
import { runProgram } from './run-programs.js';

/** Everything in the proportion that it has to 30 bits. */
const narrow: readonly Edit[] = [
  { file: 'core/sequence.js', from: 'return position << 2;', to: 'return (position & 255) << 2;' },
  { file: 'core/sequence.js', from: 'return ((a - b) << 2) >> 2;', to: 'return ((a - b) << 24) >> 24;' },
  { file: 'core/sequence.js', from: 'EPOCH_POSITIONS = 2 ** 28;', to: 'EPOCH_POSITIONS = 2 ** 6;' },
  { file: 'core/stamps.js', from: 'const RENEWAL = 2 ** 26;', to: 'const RENEWAL = 2 ** 4;' },
];
const ROUND = 256;
const withoutWord: Edit = {
  file: 'core/multi-producer.js',
  from: 'outdateIntents(this.words, this.stamps);',
  to: '',
};
const withoutRenewals: Edit = {
  file: 'core/stamps.js',
  from: 'return (position & (Math.max(RENEWAL, capacity) - 1)) < capacity;',
  to: 'return false;',
};

/** A ring of this library without columns, as `createRing` makes it. */
function setUp(library: Library, capacity: number) {
  const { Barrier, consumerSeat, MultiProducer, planLayout, producerSeat, RunFollower, seat, shared } =
    library;
  const shape = {
    capacity,
    producers: 2,
    consumers: 1,
    spareSeats: 0,
    workers: 0,
    nameBytes: 0,
    schemaBytes: 0,
    columns: [],
  };
  const layout = planLayout(shape);
  const words = new Int32Array(new SharedArrayBuffer(layout.byteLength));
  const position = consumerSeat(layout, 0) + seat.position;
  const stamps = library.stampsOf(layout, shape)!;
  const openProducer = (number: number) =>
    new MultiProducer(words, producerSeat(layout, number), new Barrier(words, [position]), stamps);
  return {
    published: (at: number) => library.runLength(words[library.stampIndex(stamps, at)], at, capacity) > 0,
    producers: [openProducer(0), openProducer(1)],
    follower: new RunFollower(words, position, new Barrier(words, [shared.cursor]), stamps),
  };
}

/** Goes three times round in claims of these lengths, over and over; returns the first position that seemed published before it was. */
function firstAlive(library: Library, capacity: number, lengths: readonly number[]): number | undefined {
  const { READY } = library;
  const { published, producers, follower } = setUp(library, capacity);
  let turn = 0;
  for (let position = 0; position < 3 * ROUND; turn += 2) {
    // Both claim, and the later claim is published first.
    const counts = [lengths[turn % lengths.length], lengths[(turn + 1) % lengths.length]];
    for (const [which, producer] of producers.entries())
      if (producer.claim(counts[which]) !== READY) throw new Error('no room for claims of half the ring');
    const end = position + counts[0] + counts[1];
    for (let at = position; at < end; at++) if (published(at)) return at;
    for (const which of [1, 0])
      if (!producers[which].publish(counts[which])) throw new Error('a claim was published before');
    while (follower.look() === READY) {
      follower.next = follower.available;
      follower.release();
    }
    if (follower.next !== end) throw new Error(`claimed are ${end}, seen are ${follower.next}`);
    position = end;
  }
  return undefined;
}

/** The sequence that a producer claims which has claimed twice, then nothing while another went so many times round. */
function claimedAfter(library: Library, rounds: number): number {
  const { producers, follower } = setUp(library, 4);
  const [idle, busy] = producers;
  const publish = (producer: typeof idle): number => {
    const first = producer.claimNext() || producer.claim(1) === library.READY ? producer.next : -1;
    producer.publish(1);
    while (follower.look() === library.READY) {
      follower.next = follower.available;
      follower.release();
    }
    return first;
  };
  // After the second it knows that it is alone, and goes on without a look.
  expect([publish(idle), publish(idle)]).toEqual([0, 1]);
  for (let n = 0; n < rounds * ROUND; n++) expect(publish(busy)).toBe(2 + n);
  return publish(idle);
}

/** Every pattern of so many claims of 1 to `longest`. */
function* patterns(claims: number, longest: number): Generator<number[]> {
  for (let code = 0; code < longest ** claims; code++)
    yield Array.from({ length: claims }, (_, i) => 1 + (Math.floor(code / longest ** i) % longest));
}

describe('with positions of eight bits', () => {
  it.each([
    [4, 8],
    [8, 4],
  ])(
    'no stamp comes alive again, whatever is claimed over and over, capacity %i',
    async (capacity, claims) => {
      await overPatched(narrow, (library) => {
        for (const lengths of patterns(claims, capacity / 2))
          expect([lengths, firstAlive(library, capacity, lengths)]).toEqual([lengths, undefined]);
      });
    },
  );

  it('one does without the laps that renew', async () => {
    await overPatched([...narrow, withoutRenewals], (library) => {
      const alive = [...patterns(4, 2)].filter((lengths) => firstAlive(library, 4, lengths) !== undefined);
      expect(alive).toContainEqual([2, 2, 2, 2]);
      expect(alive).not.toContainEqual([1, 1, 1, 1]);
    });
  });

  it.each([1, 2, 3])(
    'a producer that was idle for %i rounds does not take the ring for unmoved',
    async (rounds) => {
      await overPatched(narrow, (library) => expect(claimedAfter(library, rounds)).toBe(2 + rounds * ROUND));
    },
  );

  it('one does, unless it is told that the epoch has moved', async () => {
    await overPatched([...narrow, withoutWord], (library) => expect(claimedAfter(library, 1)).toBe(2));
  });

  it.each([
    ['several producers', [...producerPrograms, ...smallProducerPrograms]],
    ['joining and leaving', joiningPrograms],
  ])('the programs of %s pass', async (_, programs) => {
    await overPatched(narrow, async (library) => {
      for (const program of programs.filter(({ kind }) => kind === 'synchronous')) {
        const options = { ...program.bounded, strategy: 'pct', maxSchedules: 100, maxMs: 10_000 } as const;
        const result = await runProgram(program, library, options);
        expect(result.verdict, `${program.name}: ${formatResult(result)}`).toBe('pass');
      }
    });
  });
});
