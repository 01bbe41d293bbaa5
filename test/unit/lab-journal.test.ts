import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Flow, standingsOf } from '../../bench/lab/exchange/flow.js';
import { Journal, replay, Replica } from '../../bench/lab/exchange/journal.js';
import { BareList, createList, NappingList } from '../../bench/lab/textbook-lists.js';

describe("the exchange's journal", () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipring-journal-'));
    path = join(folder, 'journal');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Journals so many orders, in batches of 1,000; returns the checksum of a replica that saw them too. */
  function write(orders: number): number {
    const flow = new Flow();
    const journal = new Journal(path);
    const replica = new Replica();
    for (let n = 0; n < orders; n++) {
      flow.next();
      for (const log of [journal, replica]) log.add(flow.id, flow.kind, flow.price, flow.quantity);
      if (n % 1_000 === 999) journal.flush();
    }
    journal.flush();
    return replica.checksum;
  }

  // Over and below what is written and read at once.
  it.each([1, 999, 16_384, 50_000])('of %i orders gives the same book when it is replayed', (orders) => {
    const ordersChecksum = write(orders);
    const { standings } = standingsOf([orders]);
    expect(replay(path)).toEqual({ ...standings.get(orders), ordersChecksum });
  });

  it('gives another book when one word of it was changed', () => {
    write(10_000);
    const bytes = readFileSync(path);
    bytes[16 * 9_998 + 12] ^= 1;
    writeFileSync(path, bytes);
    const { standings } = standingsOf([10_000]);
    expect(replay(path)).not.toMatchObject({ ...standings.get(10_000) });
  });

  it('that ends within an order is refused', () => {
    write(10);
    truncateSync(path, 16 * 10 - 3);
    expect(() => replay(path)).toThrow('the journal ends within order 9');
  });
});

describe("the textbook's lists, in one thread", () => {
  it('hand out what was put, first in, first out, across their end', () => {
    const list = new BareList(createList(3));
    const seen: number[] = [];
    const see = (id: number): void => void seen.push(id);
    for (let id = 0; id < 10; id += 2) {
      expect(list.tryPut(id, 0)).toBe(true);
      expect(list.tryPut(id + 1, 0)).toBe(true);
      while (list.tryTake(see));
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('refuse when they are full, and when they are empty', () => {
    const list = new BareList(createList(2));
    expect(list.tryTake(() => {})).toBe(false);
    expect([list.tryPut(1, 0), list.tryPut(2, 0), list.tryPut(3, 0)]).toEqual([true, true, false]);
  });

  it('do the same under a lock', () => {
    const list = new NappingList(createList(2));
    const seen: [number, number][] = [];
    list.put(1, 0.5);
    list.put(2, 1.5);
    for (let n = 0; n < 2; n++) list.take((...note) => seen.push(note));
    expect(seen).toEqual([
      [1, 0.5],
      [2, 1.5],
    ]);
  });
});
