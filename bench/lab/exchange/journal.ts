/** The journal: a file of orders, 16 bytes each, written in batches; and what is made of it again. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { mix } from './book.js';
import { apply, bookOf, type Standing, Tally } from './flow.js';

/** Words of an order: id, kind, price, quantity. */
const WORDS = 4;
const BYTES = WORDS * Int32Array.BYTES_PER_ELEMENT;

/** Orders that go to the file at once, at most. */
const MOST_ORDERS = 16_384;

/** Orders, as words in a buffer, with a checksum of all there ever were. */
export class OrderLog {
  checksum = 0;
  protected readonly words: Int32Array;
  protected used = 0;

  /** @param buffer A power of two bytes. */
  constructor(buffer: ArrayBuffer | SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
  }

  /** Appends an order; once the buffer is full it begins anew. */
  add(id: number, kind: number, price: number, quantity: number): void {
    const { words } = this;
    if (this.used === words.length) this.full();
    const at = this.used;
    words[at] = id;
    words[at + 1] = kind;
    words[at + 2] = price;
    words[at + 3] = quantity;
    this.used = at + WORDS;
  }

  protected full(): void {
    this.used = 0;
  }
}

/** A second copy, in a buffer that another machine would be sent: the newest orders, and a checksum of all. */
export class Replica extends OrderLog {
  constructor() {
    super(new SharedArrayBuffer(MOST_ORDERS * 4 * BYTES));
  }

  override add(id: number, kind: number, price: number, quantity: number): void {
    super.add(id, kind, price, quantity);
    this.checksum = checksumWith(this.checksum, id, kind, price, quantity);
  }
}

/** Appends orders to a new file. They are the operating system's after `flush`; nobody waits for the disk. */
export class Journal extends OrderLog {
  readonly #file: number;

  constructor(path: string) {
    super(new ArrayBuffer(MOST_ORDERS * BYTES));
    this.#file = openSync(path, 'wx');
  }

  flush(): void {
    const bytes = this.used * Int32Array.BYTES_PER_ELEMENT;
    for (let written = 0; written < bytes;)
      written += writeSync(this.#file, new Uint8Array(this.words.buffer), written, bytes - written);
    this.used = 0;
  }

  protected override full(): void {
    this.flush();
  }
}

export interface Replayed extends Standing {
  ordersChecksum: number;
}

/** Reads a journal from its beginning through a new book. */
export function replay(path: string): Replayed {
  const tally = new Tally();
  const book = bookOf(tally.see);
  const words = new Int32Array(MOST_ORDERS * WORDS);
  const bytes = new Uint8Array(words.buffer);
  const file = openSync(path, 'r');
  let orders = 0;
  let ordersChecksum = 0;
  try {
    for (;;) {
      let filled = 0;
      for (let read = -1; read !== 0 && filled < bytes.length; filled += read)
        read = readSync(file, bytes, filled, bytes.length - filled, null);
      if (filled % BYTES !== 0)
        throw new Error(`the journal ends within order ${orders + Math.floor(filled / BYTES)}`);
      for (let at = 0; at < filled / 4; at += WORDS) {
        const [id, kind, price, quantity] = [words[at], words[at + 1], words[at + 2], words[at + 3]];
        ordersChecksum = checksumWith(ordersChecksum, id, kind, price, quantity);
        apply(book, id, kind, price, quantity);
        orders++;
      }
      if (filled < bytes.length) break;
    }
  } finally {
    closeSync(file);
  }
  return {
    orders,
    trades: tally.trades,
    tradesChecksum: tally.checksum,
    bookChecksum: book.checksum(),
    ordersChecksum,
  };
}

function checksumWith(sum: number, id: number, kind: number, price: number, quantity: number): number {
  return mix(mix(mix(mix(sum, id), kind), price), quantity);
}
