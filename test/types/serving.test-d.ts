import {
  type Consumer,
  createDoorbell,
  createRing,
  event,
  f64,
  i32,
  serve,
  serveAsync,
  type Serving,
} from 'slipring';
import { describe, expectTypeOf, it } from 'vitest';

const Order = event({ price: f64 });
const Cancel = event({ id: i32 });
const doorbell = createDoorbell();
const orders = createRing(Order, { capacity: 8, consumers: ['book'], doorbell }).openConsumer('book');
const cancels = createRing(Cancel, { capacity: 8, consumers: ['book'], doorbell }).openConsumer('book');

describe('serving rings of different events', () => {
  it('gives each handler the events of its own ring', () => {
    expectTypeOf(
      serve(
        [
          [orders, (order) => expectTypeOf(order.price).toEqualTypeOf<number>(), { max: 64 }],
          [cancels, (cancel, sequence) => expectTypeOf([cancel.id, sequence]).toEqualTypeOf<number[]>()],
        ],
        { timeoutMs: 100, wait: 'park' },
      ),
    ).toEqualTypeOf<number>();
    serve([
      [orders, () => {}],
      // @ts-expect-error that is a field of the other event
      [cancels, (cancel) => void cancel.price],
    ]);
  });

  it('takes what is awaited on an event loop only', () => {
    expectTypeOf(
      serveAsync([[orders, async (order) => void (await Promise.resolve(order.price))]]),
    ).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error a signal cannot fire in a parked thread
    serve([[orders, () => {}]], { signal: new AbortController().signal });
    // @ts-expect-error a token cannot end a wait on an event loop
    void serveAsync([[orders, () => {}]], { cancel: undefined });
  });

  it('takes a list that is put together at run time', () => {
    const consumers: Consumer<{ price: typeof f64 }>[] = [orders];
    const servings: Serving<{ price: typeof f64 }>[] = consumers.map((consumer) => [
      consumer,
      (order) => void order.price,
    ]);
    serve(servings);
  });

  it('takes doorbells only', () => {
    // @ts-expect-error its handle is not the doorbell
    createRing(Order, { capacity: 8, consumers: ['book'], doorbell: doorbell.handle });
  });
});
