import { createRing } from 'slipring';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../workers/crash-ledger.js';
import { Books, RELEASED, TIMES } from './books.js';
import { fillMarked, Marked, markOf, readMark } from './marks.js';
import type { Reader } from './roles.js';

/** Starts well below the wrap of 30 bits, and counts from there. */
const FIRST = 2 ** 30 - 2;

interface LooseEvent {
  log: number;
  number: number;
  check: number;
  product: number;
  toObject(): never;
}

/** An event outside of any ring. */
function eventOf(log: number, number: number): LooseEvent {
  const loose: LooseEvent = { log: 0, number: 0, check: 0, product: 0, toObject: () => expect.unreachable() };
  fillMarked(loose, log, number);
  return loose;
}

function bench(reader: Partial<Reader> = {}, severalProducers = false, redelivered = false) {
  const shape = { logs: 1, quota: 8, accounts: 2 };
  const memory = new SharedArrayBuffer(Books.bytes(shape));
  const books = new Books(memory, 0, shape);
  const ring = createRing(Marked, { capacity: 8, consumers: ['a'], firstSequence: FIRST });
  const scene = {
    ring: ring.handle,
    firstSequence: FIRST,
    severalProducers,
    books: memory,
    booksOffset: 0,
    shape,
  };
  const whole: Reader = { ring: 0, name: 'a', account: 0, after: [], group: false, lossy: false, ...reader };
  const again = (): Ledger => new Ledger({ scene, ring, books }, whole, { redelivered } as never);
  const handle = (ledger: Ledger, number: number, at = number): void => {
    const event = eventOf(0, number);
    if (ledger.begin(event, FIRST + at)) ledger.end(event, FIRST + at);
  };
  return { books, again, handle, faults: () => books.faults.describe(['a', 'b']) };
}

describe('a ledger', () => {
  it('keeps what was delivered, handled and released, for whoever comes after', () => {
    const { books, again, handle, faults } = bench();
    const ledger = again();
    handle(ledger, 0);
    handle(ledger, 1);
    ledger.released(FIRST + 1);
    const successor = again();
    handle(successor, 1);
    successor.released();
    expect([...books.accounts[0].times].slice(0, 3)).toEqual([1 | RELEASED, 2 | RELEASED, 0]);
    expect([...books.accounts[0].seen].slice(0, 3)).toEqual([markOf(0, 0), markOf(0, 1), 0]);
    expect(faults()).toEqual([]);
  });

  it('finds an event that comes again after it was released', () => {
    const { again, handle, faults } = bench();
    const ledger = again();
    handle(ledger, 0);
    ledger.released();
    handle(again(), 0);
    expect(faults()).toEqual(['a: event 0 came again after it was released']);
  });

  it('does not note as released what came before a gap of its own', () => {
    const { books, again, handle } = bench({ group: true });
    const ledger = again();
    handle(ledger, 0);
    handle(ledger, 4);
    ledger.released();
    expect([...books.accounts[0].times].map((times) => times & RELEASED && 1)).toEqual([
      0, 0, 0, 0, 1, 0, 0, 0,
    ]);
  });

  it.each(['log', 'number', 'check', 'product'] as const)(
    'finds an event whose %s is not its own',
    (field) => {
      const { again, faults } = bench();
      const event = eventOf(0, 3);
      event[field]++;
      expect(readMark(event)).toBe(0);
      expect(again().begin(event, FIRST)).toBe(false);
      expect(faults()).toEqual(['a: event 0 carried what nobody publishes']);
    },
  );

  it('finds an event that changes while it is in hand', () => {
    const { again, faults } = bench();
    const ledger = again();
    expect(ledger.begin(eventOf(0, 0), FIRST)).toBe(true);
    ledger.end(eventOf(0, 5), FIRST);
    expect(faults()).toEqual(['a: event 0 changed while it was in hand']);
  });

  it('finds another event than the one that came before under the same sequence', () => {
    const { again, handle, faults } = bench();
    handle(again(), 0);
    handle(again(), 1, 0);
    expect(faults()).toEqual(['a: event 0 was another event the time before']);
  });

  it('finds events out of order, and a gap where there is one producer', () => {
    const { again, handle, faults } = bench();
    const ledger = again();
    handle(ledger, 0);
    handle(ledger, 2);
    handle(ledger, 1);
    expect(faults()).toEqual([
      'a: event 2 came after a gap, and there is one producer only',
      'a: event 1 came out of order',
    ]);
  });

  it('takes a gap where there are several producers, or the consumer is lossy, but no disorder', () => {
    for (const { again, handle, faults } of [bench({}, true), bench({ lossy: true })]) {
      const ledger = again();
      handle(ledger, 0);
      handle(ledger, 2);
      expect(faults()).toEqual([]);
      handle(ledger, 1);
      expect(faults()).toEqual(['a: event 1 came out of order']);
    }
  });

  it("finds an event that a group's worker gets again and is not told so", () => {
    const unmarked = bench({ group: true });
    unmarked.handle(unmarked.again(), 0);
    unmarked.handle(unmarked.again(), 0);
    expect(unmarked.faults()).toEqual(['a: event 0 came a second time without being called redelivered']);
    const marked = bench({ group: true }, false, true);
    marked.handle(marked.again(), 0);
    marked.handle(marked.again(), 0);
    expect(marked.faults()).toEqual([]);
    expect(marked.books.accounts[0].times[0] & TIMES).toBe(2);
  });

  it('finds an event that comes before the consumer that it comes after has handled it, unless that one is gone', () => {
    const { books, again, handle, faults } = bench({ after: [1] });
    books.accounts[1].seen[0] = markOf(0, 0);
    const ledger = again();
    handle(ledger, 0);
    expect(faults()).toEqual([]);
    handle(ledger, 1);
    expect(faults()).toEqual(['a: event 1 came before the consumer that it comes after had handled it']);
    const gone = bench({ after: [1] });
    gone.books.accounts[1].notes[0] = 1;
    gone.handle(gone.again(), 0);
    expect(gone.faults()).toEqual([]);
  });

  it('finds a sequence that there cannot be', () => {
    const { again, handle, faults } = bench();
    handle(again(), 7, 8);
    handle(again(), 0, -1);
    expect(faults()).toEqual([
      'a: event 8 has a sequence beyond everything that was tried',
      'a: event -1 has a sequence beyond everything that was tried',
    ]);
  });

  it('counts the faults that it has no room for', () => {
    const { again, handle, faults } = bench();
    for (let i = 0; i < 20; i++) handle(again(), 0, 8);
    expect(faults()).toHaveLength(17);
    expect(faults().at(-1)).toBe('4 more faults that threads saw');
  });

  it('writes down a stay from its first event to where it ended', () => {
    const { books, again } = bench();
    const ledger = again();
    expect(ledger.enter(FIRST + 2)).toBe(true);
    ledger.stayed(FIRST + 5);
    again().enter(FIRST + 6);
    expect([...books.accounts[0].stays].slice(0, 5)).toEqual([2, 2, 5, 6, 6]);
  });
});
