/**
 * Reads the books of a ring once all its threads have ended, and says what is wrong: an event that was lost, came twice, out of order, or
 * as another than was published. What a producer had in hand when it died may have been published or not, but to all consumers alike.
 */
import { type Books, fate, TIMES } from './books.js';
import { logOf, markOf, numberOf } from './marks.js';

/** Which of the published events an account must have. */
export type Coverage =
  /** Every one. */
  | 'all'
  /** Every one up to the last that it has: its reader left, died for good, or the ring was aborted. */
  | 'prefix'
  /** Every one of its stays. */
  | 'stays'
  /** Any of them: it is lossy, or several workers were interrupted. */
  | 'any';

export interface AuditedAccount {
  readonly name: string;
  readonly coverage: Coverage;
  /** How often its readers began again: after a death, after they left, or to try a batch again. */
  readonly restarts: number;
  readonly lossy: boolean;
  /** Deaths at which a lossy consumer lost what it had in hand: it was not to be held. */
  readonly lettingGo: number;
}

/** A ring whose threads have ended. */
export interface Evidence {
  readonly books: Pick<Books, 'logs' | 'attempted' | 'accounts'>;
  readonly accounts: readonly AuditedAccount[];
  readonly capacity: number;
  /** Events below it were published, or given up, as the ring's cursor says. */
  readonly published: number;
  readonly severalProducers: boolean;
  /** It was closed, and every consumer came to its end. */
  readonly drained: boolean;
  /** Producers that were killed: what they had in hand is in no count of theirs. */
  readonly producerDeaths: number;
  /** With nobody listening any more, producers took from nobody what they dropped. */
  readonly discards: boolean;
  /** What the producers' seats say was dropped, and taken from lossy consumers. */
  readonly dropped: number;
  readonly evicted: number;
}

export interface Audit {
  readonly faults: readonly string[];
  /** Events that consumers are to see. */
  readonly published: number;
  /** Events that consumers handled, each consumer's counted. */
  readonly delivered: number;
  /** Deliveries after the first. */
  readonly redelivered: number;
  readonly dropped: number;
  readonly evicted: number;
  /** Events in the hand of a producer that died: published, and not. */
  readonly doubtfulPublished: number;
  readonly doubtfulLost: number;
}

/** By sequence: the mark of the event there; 0 for none. */
type Truth = Int32Array;

export function audit(evidence: Evidence): Audit {
  const faults = new Faults();
  const { books, published } = evidence;
  const truth: Truth = new Int32Array(published);
  const logged = readLogs(evidence, truth, faults);
  const revealed = revealDoubtful(evidence, truth, faults);
  const doubts = readClaimsInDoubt(evidence, revealed, faults);
  checkOrder(evidence, truth, faults);
  const skipped = published - countWhere(truth, (mark) => mark !== 0);
  const explained = evidence.severalProducers ? logged.givenUp + doubts.lost : 0;
  if (skipped > explained && evidence.accounts.some(({ coverage }) => coverage === 'all'))
    faults.add(
      `${skipped} sequences below the cursor have no event, and only ${explained} of them were given up`,
    );
  let delivered = 0;
  let redelivered = 0;
  let missed = 0;
  evidence.accounts.forEach((account, place) => {
    const { times, seen, stays } = books.accounts[place];
    delivered += countWhere(seen, (mark) => mark !== 0);
    // Who joins may begin with what it has read in an earlier stay.
    const again =
      account.coverage === 'stays'
        ? 0
        : times.reduce((sum, count) => sum + Math.max(0, (count & TIMES) - 1), 0);
    redelivered += again;
    const most = account.restarts * evidence.capacity;
    if (again > most)
      faults.add(
        `${account.name}: ${again} deliveries were repeated; ${account.restarts} restarts explain ${most} of them`,
      );
    for (const [from, to] of rangesOf(account.coverage, seen, stays, published))
      for (let sequence = from; sequence < to; sequence++)
        if (truth[sequence] !== 0 && seen[sequence] === 0)
          faults.add(`${account.name}: event ${sequence}, ${name(truth[sequence])}, was lost`);
    if (account.lossy) missed += countWhere(truth, (mark, sequence) => mark !== 0 && seen[sequence] === 0);
  });
  checkDrops(
    evidence,
    { missed, skipped, logged: logged.dropped, doubts: doubts.lost + doubts.published },
    faults,
  );
  return {
    faults: faults.texts(),
    published: published - skipped,
    delivered,
    redelivered,
    dropped: logged.dropped,
    evicted: missed,
    doubtfulPublished: doubts.published,
    doubtfulLost: doubts.lost,
  };
}

/** What the producers know for sure. */
function readLogs({ books, published }: Evidence, truth: Truth, faults: Faults) {
  let dropped = 0;
  let givenUp = 0;
  books.logs.forEach((log, place) => {
    for (let number = 0; number < books.attempted[place]; number++) {
      const said = log[number];
      if (said === fate.dropped) dropped++;
      else if (said === fate.givenUp) givenUp++;
      if (said <= 0) continue;
      const sequence = said - 1;
      const mark = markOf(place, number);
      if (sequence >= published)
        faults.add(`${name(mark)} was published as ${sequence}, and the cursor is at ${published}`);
      else if (truth[sequence] !== 0)
        faults.add(`${name(truth[sequence])} and ${name(mark)} were both published as ${sequence}`);
      else truth[sequence] = mark;
    }
  });
  return { dropped, givenUp };
}

/** Takes over what consumers saw of claims in doubt: the sequence of each mark that was. */
function revealDoubtful(
  { books, accounts, published }: Evidence,
  truth: Truth,
  faults: Faults,
): Map<number, number> {
  const revealed = new Map<number, number>();
  accounts.forEach((account, place) => {
    const { seen } = books.accounts[place];
    seen.forEach((mark, sequence) => {
      if (mark === 0 || truth[sequence] === mark) return;
      const said = books.logs[logOf(mark)]?.[numberOf(mark)] ?? fate.none;
      const tried = numberOf(mark) < (books.attempted[logOf(mark)] ?? 0);
      if (sequence >= published)
        faults.add(`${account.name}: event ${sequence} is beyond the cursor, ${published}`);
      else if (truth[sequence] !== 0)
        faults.add(
          `${account.name}: event ${sequence} is ${name(mark)}, and ${name(truth[sequence])} was published there`,
        );
      else if (!tried || said === fate.none)
        faults.add(`${account.name}: event ${sequence} is ${name(mark)}, which nobody tried to publish`);
      else if (said > 0)
        faults.add(`${account.name}: event ${sequence} is ${name(mark)}, which was published as ${said - 1}`);
      else if (said === fate.dropped || said === fate.givenUp)
        faults.add(
          `${account.name}: event ${sequence} is ${name(mark)}, which was ${said === fate.dropped ? 'dropped' : 'given up'}`,
        );
      else if (revealed.has(mark))
        faults.add(`${account.name}: ${name(mark)} is event ${revealed.get(mark)} and event ${sequence}`);
      else {
        revealed.set(mark, sequence);
        truth[sequence] = mark;
      }
    });
  });
  return revealed;
}

/** A claim is published as a whole, in one piece, or not at all. */
function readClaimsInDoubt(
  { books, accounts }: Evidence,
  revealed: ReadonlyMap<number, number>,
  faults: Faults,
) {
  const allSeen = accounts.some(({ coverage }) => coverage === 'all');
  let published = 0;
  let lost = 0;
  books.logs.forEach((log, place) => {
    const tried = books.attempted[place];
    for (let number = 0; number < tried; number++) {
      if (!isInDoubt(log[number])) continue;
      const length = Math.min(-log[number], tried - number);
      const sequences = Array.from({ length }, (_, i) => revealed.get(markOf(place, number + i)));
      const found = sequences.filter((sequence) => sequence !== undefined).length;
      published += found;
      lost += length - found;
      const first = sequences[0] ?? 0;
      const whole = found === 0 || sequences.every((sequence, i) => sequence === first + i);
      if (!whole && allSeen)
        faults.add(`${name(markOf(place, number))}: of a claim of ${length}, ${found} events were published`);
      number += length - 1;
    }
  });
  return { published, lost };
}

function isInDoubt(said: number): boolean {
  return said < 0 && said > fate.dropped;
}

/** The events of one producer keep their order. */
function checkOrder({ books }: Evidence, truth: Truth, faults: Faults): void {
  const last = books.logs.map(() => -1);
  for (const mark of truth) {
    if (mark === 0) continue;
    const log = logOf(mark);
    if (numberOf(mark) <= last[log])
      faults.add(`${name(mark)} was published after number ${last[log]} of the same producer`);
    last[log] = numberOf(mark);
  }
}

/** The sequences of which an account must have every event. */
function rangesOf(
  coverage: Coverage,
  seen: Int32Array,
  stays: Int32Array,
  published: number,
): (readonly [number, number])[] {
  switch (coverage) {
    case 'all':
      return [[0, published]];
    case 'prefix':
      return [
        [
          0,
          1 +
            Math.min(
              published - 1,
              seen.findLastIndex((mark) => mark !== 0),
            ),
        ],
      ];
    case 'stays':
      return Array.from(
        { length: stays[0] },
        (_, stay) => [stays[1 + 2 * stay], Math.min(published, stays[2 + 2 * stay])] as const,
      );
    case 'any':
      return [];
  }
}

interface Drops {
  /** Published events that lossy consumers do not have. */
  readonly missed: number;
  readonly skipped: number;
  /** What the producers' own logs say. */
  readonly logged: number;
  readonly doubts: number;
}

/** What the ring counts, against what the books show. A producer that dies may do so on either side of its count. */
function checkDrops(evidence: Evidence, { missed, skipped, logged, doubts }: Drops, faults: Faults): void {
  const { dropped, evicted, discards, drained, producerDeaths, capacity } = evidence;
  if (dropped < logged || dropped > logged + doubts)
    faults.add(`the ring counts ${dropped} dropped events, the producers ${logged}, with ${doubts} in doubt`);
  const lossy = evidence.accounts.filter((account) => account.lossy);
  if (lossy.length === 0) {
    if (evicted > 0 && !discards)
      faults.add(`the ring counts ${evicted} evicted events, and no consumer is lossy`);
    return;
  }
  const uncounted = producerDeaths * capacity * lossy.length;
  const inHand = lossy.reduce((sum, { lettingGo }) => sum + lettingGo, 0) * capacity;
  const passed = skipped * lossy.length;
  if (evicted > missed + passed)
    faults.add(`${evicted} events were evicted, and lossy consumers miss ${missed}`);
  if (drained && missed > evicted + uncounted + inHand)
    faults.add(`lossy consumers miss ${missed} events, and ${evicted} were evicted`);
}

function countWhere(words: Int32Array, holds: (word: number, place: number) => boolean): number {
  let count = 0;
  for (let place = 0; place < words.length; place++) if (holds(words[place], place)) count++;
  return count;
}

function name(mark: number): string {
  return `number ${numberOf(mark)} of log ${logOf(mark)}`;
}

/** The first few in full: a ring that lost its way has thousands. */
class Faults {
  readonly #texts: string[] = [];
  #count = 0;

  add(text: string): void {
    if (this.#count++ < 12) this.#texts.push(text);
  }

  texts(): string[] {
    const more = this.#count - this.#texts.length;
    return more > 0 ? [...this.#texts, `and ${more} more of this kind`] : this.#texts;
  }
}
