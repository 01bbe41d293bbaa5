import {
  array,
  bool,
  createRing,
  event,
  f64,
  openRing,
  ringBytes,
  type RingSnapshot,
  u8,
  u32,
} from 'slipring';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { atOnce, leavesUntouched, publishAll, Tick, tickRing, wraps } from './support.js';

function expectBounds(snapshot: RingSnapshot): void {
  for (const { position, lag } of snapshot.consumers) {
    expect(lag).toBeGreaterThanOrEqual(0);
    expect(lag).toBeLessThanOrEqual(snapshot.capacity);
    expect(position + lag).toBe(snapshot.published);
  }
}

describe('snapshot', () => {
  it.each([0, ...wraps])('tells how everybody stands, within the bounds of the ring, from %i', (first) => {
    const ring = createRing(Tick, {
      capacity: 4,
      consumers: { a: {}, b: { after: ['a'] } },
      firstSequence: first,
    });
    expect(ring.snapshot()).toEqual({
      capacity: 4,
      published: first,
      closed: false,
      aborted: false,
      reason: '',
      recoveries: 0,
      producers: [{ seated: false, dropped: 0, evicted: 0 }],
      consumers: [
        { name: 'a', after: [], position: first, lag: 0, seated: false, workers: [] },
        { name: 'b', after: ['a'], position: first, lag: 0, seated: false, workers: [] },
      ],
    });
    const producer = ring.openProducer(atOnce);
    const [a, b] = [ring.openConsumer('a'), ring.openConsumer('b')];
    for (let n = 0; n < 8; n++) {
      publishAll(producer, n);
      a.poll(() => {}, { max: 1 });
      if (n > 2) b.poll(() => {}, { max: 1 });
      const snapshot = ring.snapshot();
      expectBounds(snapshot);
      expect(snapshot).toMatchObject({
        published: first + n + 1,
        producers: [{ seated: true, dropped: 0, evicted: 0 }],
        consumers: [
          { position: first + n + 1, lag: 0, seated: true },
          { position: first + Math.max(0, n - 2), lag: Math.min(n + 1, 3), seated: true },
        ],
      });
      expect(openRing(ring.handle, Tick).snapshot()).toEqual(snapshot);
    }
  });

  it('reads only', () => {
    const ring = tickRing(2);
    publishAll(ring.openProducer(), 1);
    leavesUntouched(ring.handle.buffer, () => {
      ring.snapshot();
      inspect(ring);
      expect(ring.remaining).toBe(1);
    });
  });

  it('B-25: stays within the bounds when everything moves between its reads', () => {
    const ring = createRing(Tick, {
      capacity: 2,
      consumers: { a: {}, b: { after: ['a'] } },
      firstSequence: wraps[1],
    });
    const producer = ring.openProducer(atOnce);
    const consumers = [ring.openConsumer('a'), ring.openConsumer('b')];
    const move = (): void => {
      publishAll(producer, ...Array(ring.remaining).keys());
      for (const consumer of consumers) consumer.poll(() => {});
      publishAll(producer, 1);
    };
    // As other threads would: the ring goes on by more than its capacity before each of the snapshot's reads.
    const real = Atomics.load;
    let looks = 0;
    const moving = ((words: Int32Array, index: number): number => {
      Atomics.load = real;
      try {
        looks++;
        move();
      } finally {
        Atomics.load = moving;
      }
      return real(words, index);
    }) as typeof real;
    try {
      Atomics.load = moving;
      const snapshot = ring.snapshot();
      const { remaining } = ring;
      Atomics.load = real;
      expect(looks).toBeGreaterThan(6);
      expectBounds(snapshot);
      expect(remaining).toBeGreaterThanOrEqual(0);
      expect(remaining).toBeLessThanOrEqual(2);
    } finally {
      Atomics.load = real;
    }
  });
});

describe('the size of a ring', () => {
  it('is known before it is made', () => {
    const kinds = [event({}), Tick, event({ a: u8, b: f64, c: array(f64, 100), d: array(bool, 3) })];
    const names = ['x', 'a much longer name, which takes its own bytes', 'é'.repeat(32)];
    for (const kind of kinds) {
      for (const capacity of [1, 2, 1024]) {
        for (let count = 1; count <= 3; count++) {
          const options = { capacity, consumers: names.slice(0, count) };
          const ring = createRing(kind, options);
          expect(ring.bytes).toBe(ringBytes(kind, options));
          expect(ring.bytes).toBe(ring.handle.buffer.byteLength);
          expect(ring.consumerNames).toEqual(options.consumers);
          expect(ring.capacity).toBe(capacity);
        }
      }
    }
  });

  it('grows with the capacity by the bytes of its events, and by little else', () => {
    const kind = event({ a: u32, b: f64 });
    const small = ringBytes(kind, { capacity: 1024, consumers: ['a'] });
    expect(ringBytes(kind, { capacity: 2048, consumers: ['a'] }) - small).toBe(1024 * kind.bytes);
    expect(ringBytes(kind, { capacity: 2 ** 27, consumers: ['a'] })).toBeGreaterThan(2 ** 27 * 12);
    expect(small - 1024 * kind.bytes).toBeLessThan(4096);
  });

  it('is fixed: its memory cannot grow', () => {
    expect((tickRing(1).handle.buffer as { growable?: boolean }).growable).toBe(false);
  });
});

describe('a handle', () => {
  it('is plain and cloneable, and opens the same ring', () => {
    const ring = tickRing(2);
    const handle = structuredClone(ring.handle);
    expect(Object.keys(handle).sort()).toEqual(['buffer', 'slipring']);
    const opened = openRing(handle, Tick);
    publishAll(opened.openProducer(), 5);
    const seen: number[] = [];
    ring.openConsumer('reader').poll((tick) => seen.push(tick.n));
    expect(seen).toEqual([5]);
    expect(opened.event).toBe(Tick);
    expect(opened.consumerNames).toEqual(['reader']);
  });
});

describe('util.inspect', () => {
  it('shows a ring as it stands', () => {
    const ring = tickRing(2);
    publishAll(ring.openProducer(), 1);
    const text = inspect(ring, { depth: 4 });
    for (const part of [
      "ring: 'n:u32'",
      'capacity: 2',
      'published: 1',
      "name: 'reader'",
      'lag: 1',
      `bytes: ${ring.bytes}`,
    ]) {
      expect(text).toContain(part);
    }
  });

  it('shows seats, claims and batches by what tells them apart', () => {
    const ring = tickRing(4);
    const producer = ring.openProducer();
    publishAll(producer, 1);
    const reader = ring.openConsumer('reader');
    expect(inspect(reader)).toContain("name: 'reader'");
    expect(inspect(producer.claim(2))).toMatch(/Claim.*first: 1.*length: 2/);
    expect(inspect(reader.take(atOnce))).toMatch(/Batch.*first: 0.*length: 1/);
    expect(inspect(producer)).toMatch(/Producer.*next: 1/);
  });
});

describe('the names of consumers', () => {
  it.each(['a', 'é€😀', 'with space', '0', 'constructor', 'x'.repeat(64), '\u0000', '\ufeffwith a mark'])(
    'may be %j',
    (name) => {
      const ring = createRing(Tick, { capacity: 1, consumers: [name, 'other'] });
      const opened = openRing(structuredClone(ring.handle), Tick);
      expect(opened.consumerNames).toEqual([name, 'other']);
      expect(opened.openConsumer(name).name).toBe(name);
    },
  );
});
