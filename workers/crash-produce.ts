/** A producer of the kill harness. It writes down what it is about to try before it tries, and what became of it as soon as it knows. */
import type { Claim, Fill, Producer } from 'slipring';
import { fate } from '../test/crash/books.js';
import { fillMarked, type MarkedFields } from '../test/crash/marks.js';
import type { Outcome, ProduceRole } from '../test/crash/roles.js';
import { type Bench, codeOf, ENDED, type Place } from './crash-place.js';

/** What a producer gets that waits, or would have to, and goes on after: nothing was published. */
const REFUSED: ReadonlySet<string | undefined> = new Set([
  'ERR_RING_FULL',
  'ERR_CONSUMER_FAILED',
  'ERR_TIMED_OUT',
]);

export async function produce(role: ProduceRole, place: Place): Promise<Outcome> {
  const bench = place.bench(role.ring);
  const log = new Log(bench, role.log);
  const producer = place.seat(() => bench.ring.openProducer({ wait: role.wait, whenFull: role.whenFull }));
  let untilPause = role.burst;
  while (log.left > 0) {
    if (place.shallLeave) {
      producer[Symbol.dispose]();
      return { how: 'left' };
    }
    const length = Math.min(log.left, place.dice.between(1, role.longest));
    log.begin(length);
    try {
      await publish(role, place, producer, log, length);
    } catch (error) {
      // A claim has no sequence to return for what was dropped.
      if (codeOf(error) === 'ERR_RING_FULL' && role.whenFull === 'drop-newest') log.published(-1, length);
      else log.refused();
      if (ENDED.has(codeOf(error))) break;
      if (!REFUSED.has(codeOf(error)) && error !== SPOILT) throw error;
      place.pause(1);
    }
    place.progress();
    untilPause -= length;
    if (untilPause > 0) continue;
    untilPause = role.burst;
    place.pause(role.pauseMs);
  }
  producer[Symbol.dispose]();
  return { how: 'done' };
}

/** What a fill throws. */
const SPOILT = new Error('this fill throws');

function spoil(): never {
  throw SPOILT;
}

async function publish(
  role: ProduceRole,
  place: Place,
  producer: Producer<MarkedFields>,
  log: Log,
  length: number,
): Promise<void> {
  const givesUp = place.dice.chance(role.givesUp);
  const { number } = log;
  // With the claim in hand it sleeps for a moment, for whoever would kill it there.
  const hesitate = place.dice.chance(role.hesitates) ? (): void => place.pause(2) : undefined;
  const fill: Fill<MarkedFields, [number, number]> = (event, of, its) => {
    fillMarked(event, of, its);
    hesitate?.();
  };
  switch (role.manner) {
    case 'publish':
    case 'publishAsync':
      if (givesUp) producer.publish(spoil);
      if (role.manner === 'publish') log.published(producer.publish(fill, log.place, number), 1);
      else log.published(await producer.publishAsync(fill, log.place, number), 1);
      return;
    case 'tryPublish': {
      const sequence = producer.tryPublish(fill, log.place, number);
      if (sequence === undefined) log.refused();
      else log.published(sequence, 1);
      if (sequence === undefined) place.pause(1);
      return;
    }
    case 'batch': {
      const last = producer.publishBatch(numbersFrom(number, length), (event, n) =>
        fillMarked(event, log.place, n),
      );
      log.published(last! - length + 1, length);
      return;
    }
    case 'claim':
    case 'claimAsync': {
      const claim = role.manner === 'claim' ? producer.claim(length) : await producer.claimAsync(length);
      finish(claim, log, length, givesUp, hesitate);
    }
  }
}

function finish(
  claim: Claim<MarkedFields>,
  log: Log,
  length: number,
  givesUp: boolean,
  hesitate: (() => void) | undefined,
): void {
  let number = log.number;
  for (const event of claim) fillMarked(event, log.place, number++);
  hesitate?.();
  if (givesUp) {
    // Before: should this thread end now, it is given up all the same.
    log.refused();
    claim.abandon();
  } else {
    const { first } = claim;
    claim.commit();
    log.published(first, length);
  }
}

const numbersFrom = (first: number, length: number): number[] => Array.from({ length }, (_, i) => first + i);

/** One producer's log, as it goes on from where it, or the one before in its place, was. */
class Log {
  readonly place: number;
  /** The first number of what was begun last. */
  number = 0;
  #length = 0;
  readonly #bench: Bench;
  readonly #fates: Int32Array;
  #last = -1;

  constructor(bench: Bench, place: number) {
    this.place = place;
    this.#bench = bench;
    this.#fates = bench.books.logs[place];
  }

  /** How many more there is room for. */
  get left(): number {
    return this.#fates.length - Atomics.load(this.#bench.books.attempted, this.place);
  }

  /** The next events are tried: their fates first, so that whoever finds them tried finds a fate. */
  begin(length: number): void {
    const { attempted } = this.#bench.books;
    this.number = Atomics.load(attempted, this.place);
    this.#length = length;
    for (let i = 0; i < length; i++) Atomics.store(this.#fates, this.number + i, i - length);
    Atomics.store(attempted, this.place, this.number + length);
  }

  /** They were published from this sequence on; -1: dropped. */
  published(first: number, length: number): void {
    const from = first - this.#bench.scene.firstSequence;
    for (let i = 0; i < length; i++)
      Atomics.store(this.#fates, this.number + i, first < 0 ? fate.dropped : from + i + 1);
    if (first < 0) return;
    if (from <= this.#last) this.#bench.books.faults.add('was published out of order', this.place, from);
    this.#last = from + length - 1;
  }

  /** They are not published, and never will be. */
  refused(): void {
    for (let i = 0; i < this.#length; i++) Atomics.store(this.#fates, this.number + i, fate.givenUp);
  }
}
