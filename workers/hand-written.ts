/**
 * The yardstick of the public face: the same protocol as a bare loop over the same words and columns, with nothing that a
 * library needs. No closing, no errors, no parking, no other shape than one producer, one consumer and three columns.
 */
/** Where everything is, for whoever does without the library. */
export interface HandMap {
  capacity: number;
  /** Index of the cursor's word, and of the consumer's position. */
  cursor: number;
  position: number;
  /** Byte offsets of the three columns of a trade. */
  columns: readonly [id: number, price: number, quantity: number];
}

function viewsOf(buffer: SharedArrayBuffer, { capacity, columns }: HandMap) {
  return {
    words: new Int32Array(buffer, 0, columns[0] / 4),
    id: new Uint32Array(buffer, columns[0], capacity),
    price: new Float64Array(buffer, columns[1], capacity),
    quantity: new Int32Array(buffer, columns[2], capacity),
  };
}

/** A function that publishes the next `count` trades. */
export function produceByHand(buffer: SharedArrayBuffer, map: HandMap, count: number): () => void {
  const { cursor, position, capacity } = map;
  const { words, id, price, quantity } = viewsOf(buffer, map);
  const mask = capacity - 1;
  let next = 0;
  let limit = capacity;
  let word = 0;
  return () => {
    for (const end = next + count; next < end; next++) {
      while (next >= limit)
        limit = next + ((((Atomics.load(words, position) >> 2) - next) << 2) >> 2) + capacity;
      const slot = next & mask;
      id[slot] = next;
      price[slot] = next * 0.5;
      quantity[slot] = next & 1023;
      const moved = (next + 1) << 2;
      if (Atomics.compareExchange(words, cursor, word, moved) !== word) throw new Error('the cursor moved');
      word = moved;
    }
  };
}

/** A function that sees the next `count` trades. */
export function consumeByHand(
  buffer: SharedArrayBuffer,
  map: HandMap,
  count: number,
  see: (id: number, price: number, quantity: number) => void,
): () => void {
  const { cursor, position, capacity } = map;
  const { words, id, price, quantity } = viewsOf(buffer, map);
  const mask = capacity - 1;
  let next = 0;
  let word = 0;
  let gap = 0;
  return () => {
    const roundEnd = next + count;
    while (next < roundEnd) {
      const ahead = (((Atomics.load(words, cursor) >> 2) - next) << 2) >> 2;
      if (ahead <= 0) {
        gap = 0;
        continue;
      }
      for (const end = next + ahead; next < end;) {
        for (const chunkEnd = Math.min(end, next + (capacity >> 3)); next < chunkEnd; next++) {
          const slot = next & mask;
          see(id[slot], price[slot], quantity[slot]);
        }
        const moved = next << 2;
        if (Atomics.compareExchange(words, position, word, moved) !== word)
          throw new Error('the position moved');
        word = moved;
      }
      if (ahead < 1_000) {
        for (let turn = 0; turn < gap; turn++);
        gap = ahead * 1_024 >= gap ? Math.min(Math.max(2 * gap, 16), 65_536) : gap >> 1;
      }
    }
  };
}
