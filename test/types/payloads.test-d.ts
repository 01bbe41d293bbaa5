import {
  bytes,
  type BytesColumn,
  type Codec,
  type Columns,
  createRing,
  event,
  type EventType,
  json,
  type PayloadColumn,
  type Plain,
  type Producer,
  type Readable,
  text,
  u32,
  value,
  type Writable,
} from 'slipring';
import { structuredCloneCodec } from 'slipring/node';
import { describe, expectTypeOf, it } from 'vitest';

interface Order {
  readonly id: number;
  readonly items: readonly string[];
}

const _message = () =>
  event({
    id: u32,
    body: bytes({ max: 100 }),
    name: text(),
    order: value(json<Order>()),
    any: value(json()),
  });
type FieldsOf<E> = E extends EventType<infer F> ? F : never;
type Fields = FieldsOf<ReturnType<typeof _message>>;
const _ring = () => createRing(_message(), { capacity: 8, consumers: ['reader'], arenaBytes: 4096 });

describe('columns of any length', () => {
  it('are read as a view, a text, a value', () => {
    type Event = Readable<Fields>;
    expectTypeOf<Event['id']>().toEqualTypeOf<number>();
    expectTypeOf<Event['body']>().toEqualTypeOf<Uint8Array<SharedArrayBuffer>>();
    expectTypeOf<Event['name']>().toEqualTypeOf<string>();
    expectTypeOf<Event['order']>().toEqualTypeOf<Order>();
    expectTypeOf<Event['any']>().toEqualTypeOf<unknown>();
    // @ts-expect-error read only
    const _write = (event: Event) => (event.name = '');
    expectTypeOf<Event>().not.toHaveProperty('reserve');
  });

  it('are given bytes of any memory, a text, a value; bytes also in place', () => {
    type Event = Writable<Fields>;
    const _fill = (event: Event): void => {
      event.body = new Uint8Array(3);
      event.name = 'name';
      event.order = { id: 1, items: [] };
      expectTypeOf(event.reserve('body', 3)).toEqualTypeOf<Uint8Array<SharedArrayBuffer>>();
      event.trim('body', 2);
      // @ts-expect-error no bytes
      event.reserve('name', 3);
      // @ts-expect-error no field
      event.reserve('other', 3);
      // @ts-expect-error another value
      event.order = { id: '1' };
      // @ts-expect-error a text in bytes
      event.body = 'text';
    };
    expectTypeOf(_fill).toBeFunction();
    // @ts-expect-error an event without bytes reserves nothing
    const _none = (event: Writable<{ id: typeof u32; name: ReturnType<typeof text> }>) => void event.reserve;
  });

  it('are copied into plain values', () => {
    type Copy = Plain<Fields>;
    expectTypeOf<Copy['body']>().toEqualTypeOf<Uint8Array<ArrayBuffer>>();
    expectTypeOf<Copy['name']>().toEqualTypeOf<string>();
    expectTypeOf<Copy['order']>().toEqualTypeOf<Order>();
  });

  it('are columns that are read in batches and written in claims', () => {
    type All = Columns<Fields>;
    expectTypeOf<All['id']>().toEqualTypeOf<Uint32Array<SharedArrayBuffer>>();
    expectTypeOf<All['body']>().toEqualTypeOf<PayloadColumn<Uint8Array<SharedArrayBuffer>>>();
    expectTypeOf<ReturnType<All['order']['get']>>().toEqualTypeOf<Order>();
    const _claim = () => {
      const { columns } = _ring().openProducer().claim(2);
      columns.body.set(0, new Uint8Array(1));
      columns.order.set(0, { id: 1, items: [] });
      expectTypeOf(columns.body.reserve(0, 9)).toEqualTypeOf<Uint8Array<SharedArrayBuffer>>();
      // @ts-expect-error another value
      columns.name.set(0, 3);
    };
    expectTypeOf(_claim).toBeFunction();
    const _batch = () => {
      const { columns } = _ring().openConsumer('reader').take()!;
      expectTypeOf(columns.order.get(0)).toEqualTypeOf<Order>();
      expectTypeOf(columns.name).not.toHaveProperty('set');
    };
    expectTypeOf(_batch).toBeFunction();
  });

  it('are inferred from end to end', () => {
    const _flow = () => {
      const ring = _ring();
      ring.openProducer().publish((event, order: Order) => (event.order = order), { id: 1, items: [] });
      ring
        .openConsumer('reader')
        .run((event) => expectTypeOf(event.order.items).toEqualTypeOf<readonly string[]>());
    };
    expectTypeOf(_flow).toBeFunction();
    expectTypeOf<Producer<Fields>>().toExtend<Producer<Fields>>();
  });

  it('take codecs of what they carry', () => {
    expectTypeOf(structuredCloneCodec<Map<string, Order>>()).toEqualTypeOf<Codec<Map<string, Order>>>();
    expectTypeOf(bytes()).toEqualTypeOf<BytesColumn>();
    // @ts-expect-error no codec
    const _column = () => value({ encodeInto: () => 0 });
  });
});
