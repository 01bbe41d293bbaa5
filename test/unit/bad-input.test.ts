/** Everything that can be asked for wrongly: an error class, a stable code, a sentence, and shared memory as it was. */
import {
  ArgumentError,
  array,
  bool,
  type CancelHandle,
  cancelToken,
  createRing,
  event,
  f64,
  HandleError,
  i32,
  openCancelToken,
  openRing,
  PlatformError,
  RingEndedError,
  type RingHandle,
  ringBytes,
  SeatError,
  TurnError,
  u32,
  u8,
} from 'slipring';
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { header, LAYOUT_VERSION, MAX_CONSUMER_SEATS } from '../../src/core/layout.js';
import {
  atOnce,
  expectRefusal,
  expectThrown,
  fillTick,
  leavesUntouched,
  leavesUntouchedAsync,
  publishAll,
  rejectionOf,
  thrownBy,
  Tick,
  type TickFields,
  tickRing,
} from './support.js';

const messageOf = (action: () => unknown): string => (thrownBy(action) as Error).message;

/** Calls in ways that do not compile. */
const create = createRing as (event: unknown, options: unknown) => ReturnType<typeof tickRing>;
const open = openRing as (handle: unknown, event: unknown) => ReturnType<typeof tickRing>;
const bytes = ringBytes as (event: unknown, options: unknown) => number;

describe('createRing and ringBytes refuse', () => {
  const consumers = { reader: {} };
  const cases: [what: string, options: unknown, code: string, says?: string][] = [
    ['no options', undefined, 'ERR_OPTION'],
    ['options that are null', null, 'ERR_OPTION'],
    ['an unknown option', { capacity: 1, consumers, size: 3 }, 'ERR_OPTION', '"size"'],
    [
      'another way to meet a failure',
      { capacity: 1, consumers, whenConsumerFails: 'close' },
      'ERR_WHEN_CONSUMER_FAILS',
    ],
    ['a capacity of zero', { capacity: 0, consumers }, 'ERR_CAPACITY'],
    ['a negative capacity', { capacity: -2, consumers }, 'ERR_CAPACITY'],
    [
      'a capacity that is not a power of two',
      { capacity: 3, consumers },
      'ERR_CAPACITY',
      'the next one up is 4',
    ],
    ['a capacity that is almost a power of two', { capacity: 65_537, consumers }, 'ERR_CAPACITY', '131072'],
    ['a capacity that is too large', { capacity: 2 ** 28, consumers }, 'ERR_CAPACITY', '2^27'],
    ['a capacity of 2^31', { capacity: 2 ** 31, consumers }, 'ERR_CAPACITY'],
    ['a capacity of 2^32', { capacity: 2 ** 32, consumers }, 'ERR_CAPACITY'],
    ['an endless capacity', { capacity: Infinity, consumers }, 'ERR_CAPACITY'],
    ['a capacity that is no number', { capacity: '8', consumers }, 'ERR_CAPACITY', '"8"'],
    ['a capacity with a fraction', { capacity: 2.5, consumers }, 'ERR_CAPACITY'],
    ['a capacity of NaN', { capacity: NaN, consumers }, 'ERR_CAPACITY'],
    ['no capacity', { consumers }, 'ERR_CAPACITY'],
    ['too many producers', { capacity: 1, consumers, producers: 257 }, 'ERR_PRODUCERS'],
    ['half a producer', { capacity: 1, consumers, producers: 1.5 }, 'ERR_PRODUCERS'],
    ['no producer', { capacity: 1, consumers, producers: 0 }, 'ERR_PRODUCERS'],
    ['a negative first sequence', { capacity: 1, consumers, firstSequence: -1 }, 'ERR_FIRST_SEQUENCE'],
    [
      'a first sequence beyond 2^52',
      { capacity: 1, consumers, firstSequence: 2 ** 52 + 1 },
      'ERR_FIRST_SEQUENCE',
    ],
    [
      'a first sequence that is a bigint',
      { capacity: 1, consumers, firstSequence: 5n },
      'ERR_FIRST_SEQUENCE',
    ],
    ['no consumers', { capacity: 1 }, 'ERR_CONSUMERS'],
    ['an empty list of consumers', { capacity: 1, consumers: [] }, 'ERR_CONSUMERS'],
    ['an empty record of consumers', { capacity: 1, consumers: {} }, 'ERR_CONSUMERS'],
    ['one consumer as a text', { capacity: 1, consumers: 'reader' }, 'ERR_CONSUMERS'],
    [
      'too many consumers',
      { capacity: 1, consumers: Array.from({ length: 641 }, (_, i) => `c${i}`) },
      'ERR_CONSUMERS',
      String(MAX_CONSUMER_SEATS),
    ],
    ['a consumer without a name', { capacity: 1, consumers: [''] }, 'ERR_CONSUMER_NAME'],
    ['a consumer whose name is no text', { capacity: 1, consumers: [5] }, 'ERR_CONSUMER_NAME', '5'],
    [
      'a consumer whose name is too long',
      { capacity: 1, consumers: ['é'.repeat(33)] },
      'ERR_CONSUMER_NAME',
      '64',
    ],
    ['a consumer named twice', { capacity: 1, consumers: ['a', 'b', 'a'] }, 'ERR_CONSUMER_DUPLICATE', '"a"'],
    ['a consumer without options', { capacity: 1, consumers: { a: null } }, 'ERR_CONSUMERS', '"a"'],
    [
      '`after` that is no list',
      { capacity: 1, consumers: { a: {}, b: { after: 'a' } } },
      'ERR_CONSUMERS',
      '"b"',
    ],
    [
      'B-34: `after` that names one twice',
      { capacity: 1, consumers: { a: {}, b: { after: ['a', 'a'] } } },
      'ERR_CONSUMER_DUPLICATE',
      '"b"',
    ],
    [
      '`after` an unknown consumer',
      { capacity: 1, consumers: { a: { after: ['z'] } } },
      'ERR_CONSUMER_UNKNOWN',
      '"z"',
    ],
    [
      '`after` something that is no name',
      { capacity: 1, consumers: { a: { after: [7] } } },
      'ERR_CONSUMER_UNKNOWN',
      '7',
    ],
    [
      'a consumer after itself',
      { capacity: 1, consumers: { a: { after: ['a'] } } },
      'ERR_CONSUMER_CYCLE',
      'a → a',
    ],
    [
      'a cycle of three behind a consumer that has none',
      {
        capacity: 1,
        consumers: { s: {}, a: { after: ['s', 'c'] }, b: { after: ['a'] }, c: { after: ['b'] } },
      },
      'ERR_CONSUMER_CYCLE',
      'a → c → b → a',
    ],
    [
      'an unknown option of a consumer',
      { capacity: 1, consumers: { a: {}, b: { afters: ['a'] } } },
      'ERR_OPTION',
      '"afters"',
    ],
  ];

  it.each(cases)('%s', (_, options, code, says = '') => {
    for (const call of [create, bytes]) {
      expectThrown(() => call(Tick, options), ArgumentError, code);
      expect(messageOf(() => call(Tick, options))).toContain(says);
    }
  });

  it('what is no event', () => {
    for (const wrong of [undefined, null, {}, { n: u32 }, 'Tick', class {}]) {
      expectThrown(() => create(wrong, { capacity: 1, consumers }), ArgumentError, 'ERR_EVENT');
      expectThrown(() => bytes(wrong, { capacity: 1, consumers }), ArgumentError, 'ERR_EVENT');
      expectThrown(() => open(tickRing(1).handle, wrong), ArgumentError, 'ERR_EVENT');
    }
  });

  it('more memory than there is', () => {
    const Huge = event({ levels: array(f64, 65_536) });
    expectThrown(
      () => createRing(Huge, { capacity: 2 ** 27, consumers: ['reader'] }),
      PlatformError,
      'ERR_MEMORY',
    );
    expect(ringBytes(Huge, { capacity: 2 ** 27, consumers: ['reader'] })).toBeGreaterThan(2 ** 46);
  });
});

describe('event refuses', () => {
  const declare = event as (...records: unknown[]) => unknown;
  const cases: [what: string, records: unknown[], code: string, says?: string][] = [
    ['an unknown column type', [{ a: 'f64' }], 'ERR_COLUMN_TYPE', '"f64"'],
    ['a column type that is missing', [{ a: undefined }], 'ERR_COLUMN_TYPE', '"a"'],
    [
      'a column type of somebody else',
      [{ a: { kind: 'f16', length: 1, isArray: false } }],
      'ERR_COLUMN_TYPE',
      'array(type, length)',
    ],
    ['a column type that is a constructor', [{ a: Float64Array }], 'ERR_COLUMN_TYPE', 'f64'],
    ['a field named twice', [{ a: u8, b: u8 }, { b: f64 }], 'ERR_FIELD_DUPLICATE', '"b"'],
    ['a field with an empty name', [{ '': u8 }], 'ERR_FIELD_NAME', '""'],
    ['a field whose name is no identifier', [{ 'a-b': u8 }], 'ERR_FIELD_NAME', '"a-b"'],
    ['a field whose name is a number', [{ 0: u8 }], 'ERR_FIELD_NAME', '"0"'],
    ['a field that every object has', [{ constructor: u8 }], 'ERR_FIELD_NAME', '"constructor"'],
    ['a field called __proto__', [{ ['__proto__']: u8 }], 'ERR_FIELD_NAME', '"__proto__"'],
    ['a field called like a method of events', [{ toObject: u8 }], 'ERR_FIELD_NAME', '"toObject"'],
    ['a field that would make events look like promises', [{ then: u8 }], 'ERR_FIELD_NAME', '"then"'],
    ['a record that is none', [null], 'ERR_FIELD_NAME'],
    ['a list for a record', [[u8]], 'ERR_FIELD_NAME', 'an array'],
    ['a text for a record', ['a:u8'], 'ERR_FIELD_NAME', '"a:u8"'],
  ];

  it.each(cases)('%s', (_, records, code, says = '') => {
    expectThrown(() => declare(...records), ArgumentError, code);
    expect(messageOf(() => declare(...records))).toContain(says);
  });

  it.each([0, -1, 1.5, NaN, 65_537, Infinity, '3', undefined])('an array field of %s elements', (length) => {
    expectThrown(() => array(f64, length as number), ArgumentError, 'ERR_COLUMN_LENGTH');
  });

  it.each([[array(u8, 2)], ['u8'], [undefined], [null], [{}]])(
    'an array field of what is no scalar',
    (type) => {
      expectThrown(() => array(type as never, 2), ArgumentError, 'ERR_COLUMN_TYPE');
    },
  );
});

describe('an array field refuses', () => {
  it.each([[[1]], [[1, 2, 3]], [[]], [undefined], [null], [5]])(
    '%j for two elements, and nothing is published',
    (values) => {
      const Pair = event({ pair: array(f64, 2), flags: array(bool, 2) });
      const ring = createRing(Pair, { capacity: 1, consumers: ['reader'] });
      const producer = ring.openProducer(atOnce);
      leavesUntouched(ring.handle.buffer, () => {
        expectThrown(
          () => producer.publish((mine) => (mine.pair = values as never)),
          ArgumentError,
          'ERR_COLUMN_LENGTH',
        );
        expectThrown(
          () => producer.publish((mine) => (mine.flags = values as never)),
          ArgumentError,
          'ERR_COLUMN_LENGTH',
        );
      });
    },
  );
});

describe('openRing refuses', () => {
  const handleOf = (buffer: unknown): RingHandle => ({ slipring: 'ring', buffer }) as RingHandle;

  it.each([
    [undefined],
    [null],
    [5],
    ['ring'],
    [{}],
    [{ slipring: 'ring' }],
    [{ slipring: 'ring', buffer: new ArrayBuffer(4096) }],
    [{ slipring: 'ring', buffer: new Uint8Array(4096) }],
    [{ slipring: 'queue', buffer: new SharedArrayBuffer(4096) }],
    [new SharedArrayBuffer(4096)],
  ])('%o for a handle', (handle) => {
    expectThrown(() => open(handle, Tick), HandleError, 'ERR_HANDLE');
  });

  it('the ring itself for its handle, and the handle of a cancel token', () => {
    const ring = tickRing(1);
    expectThrown(() => open(ring, Tick), HandleError, 'ERR_HANDLE');
    expectThrown(() => open(cancelToken(ring).handle, Tick), HandleError, 'ERR_HANDLE');
  });

  it.each([0, 1, 4, 127, 128, 129, 4096])('a foreign buffer of %i bytes', (length) => {
    const buffer = new SharedArrayBuffer(length);
    new Uint8Array(buffer).fill(7);
    leavesUntouched(buffer, () =>
      expectThrown(() => openRing(handleOf(buffer), Tick), HandleError, 'ERR_HANDLE_FOREIGN'),
    );
  });

  it('a handle from another version, and says which', () => {
    for (const version of [0, LAYOUT_VERSION + 1, -1]) {
      const { buffer } = tickRing(1).handle;
      new Int32Array(buffer)[header.version] = version;
      leavesUntouched(buffer, () => {
        expectThrown(() => openRing(handleOf(buffer), Tick), HandleError, 'ERR_HANDLE_VERSION');
        const message = messageOf(() => openRing(handleOf(buffer), Tick));
        expect(message).toContain(`version ${version}`);
        expect(message).toContain(`version ${LAYOUT_VERSION}`);
      });
    }
  });

  it('a truncated buffer, and one that is too long, and says how long it should be', () => {
    const { buffer } = tickRing(8).handle;
    for (const length of [128, buffer.byteLength - 1, buffer.byteLength + 128]) {
      const other = new SharedArrayBuffer(length);
      new Uint8Array(other).set(new Uint8Array(buffer).subarray(0, length));
      leavesUntouched(other, () => {
        expectThrown(() => openRing(handleOf(other), Tick), HandleError, 'ERR_HANDLE_TRUNCATED');
        const message = messageOf(() => openRing(handleOf(other), Tick));
        expect(message).toContain(`${length} bytes`);
        expect(message).toContain(`${buffer.byteLength}`);
      });
    }
  });

  it('another kind of event, and says what differs', () => {
    const ring = createRing(event({ id: u32, price: f64 }), { capacity: 2, consumers: ['reader'] });
    for (const [other, ...says] of [
      [event({ id: u32 }), 'price: f64', 'missing here'],
      [event({ id: u32, price: f64, quantity: i32 }), 'quantity: i32', 'does not have'],
      [event({ id: u32, price: i32 }), 'price', 'f64 in the ring', 'i32 here'],
      [event({ id: u32, cost: f64 }), 'price: f64', 'cost: f64'],
      [event({ price: f64, id: u32 }), 'another order', 'id, price'],
      [event({ id: u32, price: array(f64, 1) }), 'f64[1] here'],
      [event({}), 'id: u32', 'price: f64'],
    ] as const) {
      leavesUntouched(ring.handle.buffer, () => {
        expectThrown(() => open(ring.handle, other), HandleError, 'ERR_HANDLE_SCHEMA');
        const message = messageOf(() => open(ring.handle, other));
        for (const words of says) expect(message).toContain(words);
      });
    }
  });
});

describe('seats refuse', () => {
  it('who comes when somebody sits there, from this handle or another', () => {
    const ring = tickRing(2);
    const other = openRing<TickFields>(ring.handle, Tick);
    ring.openProducer();
    other.openConsumer('reader');
    leavesUntouched(ring.handle.buffer, () => {
      for (const handle of [ring, other]) {
        expectThrown(() => handle.openProducer(), SeatError, 'ERR_SEAT_TAKEN');
        expectThrown(() => handle.openConsumer('reader'), SeatError, 'ERR_SEAT_TAKEN');
      }
    });
    expect(messageOf(() => ring.openConsumer('reader'))).toContain('"reader"');
  });

  it('an unknown consumer, and a consumer added after creation', () => {
    const ring = openRing(createRing(Tick, { capacity: 1, consumers: ['journal', 'risk'] }).handle, Tick);
    leavesUntouched(ring.handle.buffer, () => {
      for (const name of ['late', '', 'toString', 'RISK', undefined, null, 0, {}]) {
        expectThrown(() => ring.openConsumer(name as string), SeatError, 'ERR_CONSUMER_UNKNOWN');
      }
      expectThrown(
        () => ring.openConsumer('late', { after: ['risk'] } as never),
        ArgumentError,
        'ERR_CONSUMER_LATE',
      );
      expectThrown(
        () => ring.openConsumer('risk', { after: ['journal'] } as never),
        ArgumentError,
        'ERR_CONSUMER_LATE',
      );
    });
    expect(messageOf(() => ring.openConsumer('late'))).toContain('journal, risk');
    ring.openConsumer('risk');
  });

  it('options that they do not know, or cannot use', () => {
    const ring = tickRing(1);
    const token = cancelToken(tickRing(1));
    const cases: [unknown, string][] = [
      [null, 'ERR_OPTION'],
      ['fast', 'ERR_OPTION'],
      [{ timeout: 5 }, 'ERR_OPTION'],
      [{ signal: new AbortController().signal }, 'ERR_OPTION'],
      [{ timeoutMs: -1 }, 'ERR_TIMEOUT'],
      [{ timeoutMs: NaN }, 'ERR_TIMEOUT'],
      [{ timeoutMs: '5' }, 'ERR_TIMEOUT'],
      [{ wait: 'sleep' }, 'ERR_WAIT_MODE'],
      [{ wait: 'toString' }, 'ERR_WAIT_MODE'],
      [{ cancel: new AbortController().signal }, 'ERR_CANCEL_TOKEN'],
      [{ cancel: token.handle }, 'ERR_CANCEL_TOKEN'],
      [{ cancel: token }, 'ERR_CANCEL_FOREIGN'],
    ];
    leavesUntouched(ring.handle.buffer, () => {
      for (const [options, code] of cases) {
        expectThrown(() => ring.openProducer(options as never), ArgumentError, code);
        expectThrown(() => ring.openConsumer('reader', options as never), ArgumentError, code);
      }
    });
    ring.openProducer();
    ring.openConsumer('reader');
  });
});

describe('a wait refuses options that it cannot use, and its seat serves the next call', () => {
  const foreign = cancelToken(tickRing(1));
  const cases: [string, unknown, string][] = [
    ['a negative time-out', { timeoutMs: -1 }, 'ERR_TIMEOUT'],
    ['an unknown mode', { wait: 'sleep' }, 'ERR_WAIT_MODE'],
    ['a signal for a token', { cancel: new AbortController().signal }, 'ERR_CANCEL_TOKEN'],
    ['a token of another ring', { cancel: foreign }, 'ERR_CANCEL_FOREIGN'],
  ];

  it.each(cases)('run: %s', (_, options, code) => {
    const ring = tickRing(1);
    const reader = ring.openConsumer('reader', atOnce);
    expectThrown(() => reader.run(() => {}, options as never), ArgumentError, code);
    expect(reader.poll(() => {})).toBe(0);
  });

  it.each(cases)('take and batches: %s', (_, options, code) => {
    const reader = tickRing(1).openConsumer('reader', atOnce);
    expectThrown(() => reader.take(options as never), ArgumentError, code);
    expectThrown(() => reader.batches(options as never).next(), ArgumentError, code);
    expect(reader.poll(() => {})).toBe(0);
  });

  it.each(cases)('publishing and claiming: %s', (_, options, code) => {
    const ring = tickRing(1);
    const producer = ring.openProducer(atOnce);
    leavesUntouched(ring.handle.buffer, () => {
      expectThrown(() => producer.publish(options as never, fillTick, 1), ArgumentError, code);
      expectThrown(() => producer.publishBatch([1], fillTick, options as never), ArgumentError, code);
      expectThrown(() => producer.claim(1, options as never), ArgumentError, code);
    });
    expect(producer.publish(fillTick, 1)).toBe(0);
  });

  it.each(cases)('drained and processed: %s', (_, options, code) => {
    const ring = tickRing(1);
    expectThrown(() => ring.drained(options as never), ArgumentError, code);
    expectThrown(() => ring.processed(0, options as never), ArgumentError, code);
  });

  it.each([
    ['a negative time-out', { timeoutMs: -1 }, 'ERR_TIMEOUT'],
    ['something that is no signal', { signal: {} }, 'ERR_SIGNAL'],
    ['null for a signal', { signal: null }, 'ERR_SIGNAL'],
  ])('the async forms: %s', async (_, options, code) => {
    const ring = tickRing(1);
    const producer = ring.openProducer(atOnce);
    const reader = ring.openConsumer('reader', atOnce);
    await leavesUntouchedAsync(ring.handle.buffer, async () => {
      for (const call of [
        () => producer.publishAsync(options as never, fillTick, 1),
        () => producer.publishBatchAsync([1], fillTick, options as never),
        () => producer.claimAsync(1, options as never),
        () => reader.runAsync(() => {}, options as never),
        () => reader.takeAsync(options as never),
        () => reader.batchesAsync(options as never).next(),
        () => ring.drainedAsync(options as never),
        () => ring.processedAsync(0, options as never),
      ]) {
        expectRefusal(await rejectionOf(call()), ArgumentError, code);
      }
    });
    expect(await producer.publishAsync(fillTick, 1)).toBe(0);
    expect(reader.poll(() => {})).toBe(1);
  });

  it.each([null, 5, 'soon'])('%j for options', async (options) => {
    const ring = tickRing(1);
    const producer = ring.openProducer(atOnce);
    const reader = ring.openConsumer('reader', atOnce);
    for (const call of [
      () => producer.claim(1, options as never),
      () => producer.publishBatch([1], fillTick, options as never),
      () => reader.take(options as never),
      () => reader.run(() => {}, options as never),
      () => ring.drained(options as never),
    ]) {
      expectThrown(call, ArgumentError, 'ERR_OPTION');
    }
    for (const call of [
      () => producer.claimAsync(1, options as never),
      () => reader.takeAsync(options as never),
      () => reader.runAsync(() => {}, options as never),
      () => ring.drainedAsync(options as never),
    ]) {
      expectRefusal(await rejectionOf(call()), ArgumentError, 'ERR_OPTION');
    }
  });
});

describe('a producer refuses', () => {
  it.each([1, 2, 8])('B-22: a claim that the ring cannot hold, at once, capacity %i', async (capacity) => {
    const ring = tickRing(capacity);
    const producer = ring.openProducer();
    await leavesUntouchedAsync(ring.handle.buffer, async () => {
      for (const length of [
        capacity + 1,
        2 * capacity + 1,
        2 ** 31,
        2 ** 32 + 1,
        Infinity,
        0,
        -1,
        0.5,
        NaN,
        '1',
        undefined,
      ]) {
        expectThrown(() => producer.claim(length as number), ArgumentError, 'ERR_CLAIM_LENGTH');
        expectThrown(() => producer.tryClaim(length as number), ArgumentError, 'ERR_CLAIM_LENGTH');
        expectRefusal(
          await rejectionOf(producer.claimAsync(length as number)),
          ArgumentError,
          'ERR_CLAIM_LENGTH',
        );
      }
    });
    expect(messageOf(() => producer.claim(capacity + 1))).toContain(`1 to ${capacity}`);
    producer.claim(capacity).commit();
  });

  it('to publish without a fill', async () => {
    const ring = tickRing(1);
    const producer = ring.openProducer(atOnce);
    await leavesUntouchedAsync(ring.handle.buffer, async () => {
      for (const wrong of [undefined, null, 5, {}, 'fill']) {
        expectThrown(() => producer.publish(wrong as never), ArgumentError, 'ERR_FILL');
        expectThrown(() => producer.publish({}, wrong as never), ArgumentError, 'ERR_FILL');
        expectThrown(() => producer.tryPublish(wrong as never), ArgumentError, 'ERR_FILL');
        expectThrown(() => producer.publishBatch([1], wrong as never), ArgumentError, 'ERR_FILL');
        expectRefusal(await rejectionOf(producer.publishAsync(wrong as never)), ArgumentError, 'ERR_FILL');
        expectRefusal(
          await rejectionOf(producer.publishAsync({}, wrong as never)),
          ArgumentError,
          'ERR_FILL',
        );
        expectRefusal(
          await rejectionOf(producer.publishBatchAsync([1], wrong as never)),
          ArgumentError,
          'ERR_FILL',
        );
      }
    });
    expect(producer.publish(fillTick, 1)).toBe(0);
  });

  it('to publish after the close: no word changes, and nobody sees what a fill wrote into a free slot', async () => {
    const ring = tickRing(4);
    const producer = ring.openProducer(atOnce);
    publishAll(producer, 1);
    ring.close();
    // The columns come last in the buffer: what stands before them is every word that threads go by.
    const words = (): Uint8Array => new Uint8Array(ring.handle.buffer, 0, ring.bytes - 128).slice();
    const before = words();
    expectThrown(() => producer.publish(fillTick, 2), RingEndedError, 'ERR_RING_CLOSED');
    expectThrown(() => producer.tryPublish(fillTick, 2), RingEndedError, 'ERR_RING_CLOSED');
    expectThrown(() => producer.publishBatch([2, 3], fillTick), RingEndedError, 'ERR_RING_CLOSED');
    expectThrown(() => producer.claim(1).commit(), RingEndedError, 'ERR_RING_CLOSED');
    expectRefusal(await rejectionOf(producer.publishAsync(fillTick, 2)), RingEndedError, 'ERR_RING_CLOSED');
    expectRefusal(
      await rejectionOf(producer.publishBatchAsync([2], fillTick)),
      RingEndedError,
      'ERR_RING_CLOSED',
    );
    expect(words()).toEqual(before);
    const seen: number[] = [];
    ring.openConsumer('reader').run((tick) => seen.push(tick.n), atOnce);
    expect(seen).toEqual([1]);
  });

  it('a second open claim, and publishing inside a fill', () => {
    const ring = tickRing(4);
    const producer = ring.openProducer(atOnce);
    const claim = producer.claim(1);
    leavesUntouched(ring.handle.buffer, () => {
      expectThrown(() => producer.claim(1), TurnError, 'ERR_CLAIM_OPEN');
      expectThrown(() => producer.publish(fillTick, 1), TurnError, 'ERR_CLAIM_OPEN');
    });
    claim.abandon();
    leavesUntouched(ring.handle.buffer, () => {
      expectThrown(
        () => producer.publish(() => void producer.publish(fillTick, 1)),
        TurnError,
        'ERR_CLAIM_OPEN',
      );
    });
  });
});

describe('a consumer refuses', () => {
  it('to handle with what is no function, or batches of what is no number', async () => {
    const ring = tickRing(1);
    const reader = ring.openConsumer('reader', atOnce);
    await leavesUntouchedAsync(ring.handle.buffer, async () => {
      for (const wrong of [null, 5, {}, 'print']) {
        expectThrown(() => reader.poll(wrong as never), ArgumentError, 'ERR_HANDLER');
        expectThrown(() => reader.run(wrong as never), ArgumentError, 'ERR_HANDLER');
        expectRefusal(await rejectionOf(reader.runAsync(wrong as never)), ArgumentError, 'ERR_HANDLER');
      }
      for (const max of [0, -1, 1.5, NaN, '2']) {
        const options = { max } as never;
        expectThrown(() => reader.poll(() => {}, options), ArgumentError, 'ERR_BATCH_MAX');
        expectThrown(() => reader.run(() => {}, options), ArgumentError, 'ERR_BATCH_MAX');
        expectThrown(() => reader.take(options), ArgumentError, 'ERR_BATCH_MAX');
        expectRefusal(await rejectionOf(reader.runAsync(() => {}, options)), ArgumentError, 'ERR_BATCH_MAX');
        expectRefusal(await rejectionOf(reader.takeAsync(options)), ArgumentError, 'ERR_BATCH_MAX');
      }
    });
    expect(reader.poll(() => {})).toBe(0);
  });

  it('to handle without a handler', async () => {
    const ring = tickRing(1);
    publishAll(ring.openProducer(), 1);
    const reader = ring.openConsumer('reader', atOnce);
    await leavesUntouchedAsync(ring.handle.buffer, async () => {
      expectThrown(() => reader.poll(undefined as never), ArgumentError, 'ERR_HANDLER');
      expectThrown(() => reader.run(undefined as never), ArgumentError, 'ERR_HANDLER');
      expectRefusal(await rejectionOf(reader.runAsync(undefined as never)), ArgumentError, 'ERR_HANDLER');
    });
    expect(reader.poll(() => {})).toBe(1);
  });

  it('the use of a batch or an accessor after its turn', () => {
    const ring = tickRing(4);
    const producer = ring.openProducer();
    publishAll(producer, 1, 2);
    const reader = ring.openConsumer('reader', atOnce);
    const kept: { readonly n: number }[] = [];
    const batch = reader.take()!;
    for (const tick of batch) kept.push(tick);
    batch.release();
    publishAll(producer, 3);
    reader.poll((tick) => void kept.push(tick));
    leavesUntouched(ring.handle.buffer, () => {
      expectThrown(() => batch.columns, TurnError, 'ERR_BATCH_TURN');
      expectThrown(() => batch.spans, TurnError, 'ERR_BATCH_TURN');
      expectThrown(() => [...batch], TurnError, 'ERR_BATCH_TURN');
      for (const tick of kept) expectThrown(() => tick.n, TurnError, 'ERR_EVENT_TURN');
    });
  });
});

describe('a ring refuses', () => {
  it.each([-1, 0.5, NaN, Infinity, 2 ** 53, '1', undefined, 1n])(
    'to wait for sequence %s',
    async (sequence) => {
      const ring = tickRing(1);
      expectThrown(() => ring.processed(sequence as number, atOnce), ArgumentError, 'ERR_SEQUENCE');
      expectRefusal(
        await rejectionOf(ring.processedAsync(sequence as number, atOnce)),
        ArgumentError,
        'ERR_SEQUENCE',
      );
    },
  );
});

describe('cancel tokens refuse', () => {
  it('to be made for no ring, or for what is none', () => {
    const make = cancelToken as (...rings: unknown[]) => unknown;
    expectThrown(() => make(), ArgumentError, 'ERR_CANCEL_RINGS');
    for (const wrong of [undefined, null, {}, 5, tickRing(1).handle]) {
      expectThrown(() => make(wrong), ArgumentError, 'ERR_CANCEL_RINGS');
    }
  });

  it('to be opened from anything but a token’s handle', () => {
    const ring = tickRing(1);
    const token = cancelToken(ring);
    for (const wrong of [undefined, null, 5, {}, ring.handle, token, { ...token.handle, rings: undefined }]) {
      expectThrown(() => openCancelToken(wrong as never), HandleError, 'ERR_HANDLE');
    }
  });

  it('to be opened from a handle whose buffers are foreign, truncated or of another version', () => {
    const ring = tickRing(1);
    const { handle } = cancelToken(ring);
    const truncated = new SharedArrayBuffer(256);
    new Uint8Array(truncated).set(new Uint8Array(ring.handle.buffer).subarray(0, 256));
    const other = new SharedArrayBuffer(ring.bytes);
    new Uint8Array(other).set(new Uint8Array(ring.handle.buffer));
    new Int32Array(other)[header.version] = 99;
    const wrong: Partial<CancelHandle>[] = [
      { buffer: new SharedArrayBuffer(0) },
      { rings: [{ slipring: 'ring', buffer: new SharedArrayBuffer(4096) }] },
      { rings: [{ slipring: 'ring', buffer: truncated }] },
      { rings: [{ slipring: 'ring', buffer: other }] },
      { rings: [undefined as never] },
    ];
    for (const part of wrong)
      expect(thrownBy(() => openCancelToken({ ...handle, ...part }))).toBeInstanceOf(HandleError);
  });
});

describe('where the platform forbids blocking', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.resetModules();
  });

  async function freshModules() {
    vi.resetModules();
    vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      throw new TypeError('Atomics.wait cannot be called in this context');
    });
    return import('../../src/index.js');
  }

  it('every call that would have to park says so and changes nothing, and those that need not park work', async () => {
    const fresh = await freshModules();
    const ring = fresh.createRing(fresh.event({ n: fresh.u32 }), { capacity: 1, consumers: ['reader'] });
    const options = { timeoutMs: 60_000 };
    const producer = ring.openProducer(options);
    const reader = ring.openConsumer('reader', options);
    leavesUntouched(ring.handle.buffer, () => {
      for (const call of [
        () => reader.take(),
        () => reader.run(() => {}),
        () => reader.batches(options).next(),
        () => ring.drained(options),
        () => ring.processed(0, { ...options, wait: 'park' }),
      ]) {
        expectThrown(call, fresh.PlatformError, 'ERR_CANNOT_PARK');
      }
    });
    expect(producer.publish(fillTick, 7)).toBe(0);
    leavesUntouched(ring.handle.buffer, () => {
      expectThrown(() => producer.publish(fillTick, 8), fresh.PlatformError, 'ERR_CANNOT_PARK');
      expectThrown(() => producer.claim(1), fresh.PlatformError, 'ERR_CANNOT_PARK');
      expectThrown(() => producer.publishBatch([8], fillTick), fresh.PlatformError, 'ERR_CANNOT_PARK');
      expect(producer.tryPublish(fillTick, 8)).toBeUndefined();
    });
    expect(messageOf(() => producer.publish(fillTick, 8))).toMatch(/Async/);
    const publishing = producer.publishAsync(fillTick, 8);
    const seen: number[] = [];
    expect(reader.poll((tick) => seen.push(tick.n))).toBe(1);
    expect(await publishing).toBe(1);
    ring.close();
    expect(await reader.runAsync((tick) => void seen.push(tick.n))).toBe(1);
    expect(seen).toEqual([7, 8]);
    ring.drained(options);
  });
});

describe('without SharedArrayBuffer', () => {
  const script = (body: string): unknown =>
    JSON.parse(
      execFileSync(
        process.execPath,
        [
          '--input-type=module',
          '--eval',
          `const handle = { slipring: 'ring', buffer: new SharedArrayBuffer(4096) };
           delete globalThis.SharedArrayBuffer;
           const slipring = await import('slipring');
           const { createRing, event, openCancelToken, openRing, ringBytes, u32 } = slipring;
           const Tick = event({ n: u32 });
           const options = { capacity: 1, consumers: ['reader'] };
           const answer = (call) => {
             try { return { value: call() }; } catch (error) {
               const { name, code, message } = error;
               return { name, code, message };
             }
           };
           console.log(JSON.stringify(${body}));`,
        ],
        { encoding: 'utf8' },
      ),
    );

  interface Answer {
    readonly value?: number;
    readonly message?: string;
  }

  function expectHeaders(answer: Answer | undefined): void {
    expect(answer).toMatchObject({ name: 'PlatformError', code: 'ERR_NO_SHARED_MEMORY' });
    expect(answer!.message).toContain('Cross-Origin-Opener-Policy: same-origin');
    expect(answer!.message).toContain('Cross-Origin-Embedder-Policy: require-corp');
  }

  it('the library loads and counts bytes, and a ring says which headers a browser needs', () => {
    const [size, created, opened] = script(`[
      answer(() => ringBytes(Tick, options)),
      answer(() => createRing(Tick, options)),
      answer(() => openRing(handle, Tick)),
    ]`) as Answer[];
    expect(size.value).toBe(ringBytes(Tick, { capacity: 1, consumers: ['reader'] }));
    expectHeaders(created);
    expectHeaders(opened);
  });

  it('a cancel token says so too', () => {
    const [opened] = script(`[
      answer(() => openCancelToken({ slipring: 'cancel', buffer: handle.buffer, rings: [handle] })),
    ]`) as Answer[];
    expectHeaders(opened);
  });
});
