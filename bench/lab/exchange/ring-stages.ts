/**
 * The exchange on two rings:
 *
 *   gateway ─▶ orders ─┬▶ journal ─┐
 *                      └▶ replica ─┴▶ engine ─▶ executions ─▶ output
 */
import { type Batch, type Consumer, createRing, type Fields, openRing, type RingHandle } from 'slipring';
import { now } from '../../../workers/bench-rounds.js';
import { apply, bookOf, Flow, Tally } from './flow.js';
import {
  Execution,
  fillExecution,
  fillOrder,
  type Job,
  Order,
  type OrderFields,
  SLOTS_OF_QUEUES,
  type Stage,
  type StageName,
} from './events.js';
import { Journal, Replica } from './journal.js';
import { pace } from './pace.js';

export interface RingExchange {
  system: 'ring';
  orders: RingHandle;
  executions: RingHandle;
}

export function createRingExchange(): RingExchange {
  const orders = createRing(Order, {
    capacity: SLOTS_OF_QUEUES,
    consumers: { journal: {}, replica: {}, engine: { after: ['journal', 'replica'] } },
  });
  const executions = createRing(Execution, { capacity: SLOTS_OF_QUEUES, consumers: ['output'] });
  return { system: 'ring', orders: orders.handle, executions: executions.handle };
}

/** This thread's stage. */
export function openRingStage(name: StageName, handles: RingExchange, journalPath: string): Stage {
  const orders = openRing(handles.orders, Order);
  const executions = openRing(handles.executions, Execution);
  switch (name) {
    case 'gateway': {
      const producer = orders.openProducer();
      const flow = new Flow();
      const publish = (): void => void producer.publish(fillOrder, flow);
      return (job) => {
        const started = now();
        if (job.gapNs > 0) pace(job, flow, publish);
        else if (job.batch > 1) inClaims(job);
        else
          for (let n = 0; n < job.orders; n++) {
            flow.next();
            producer.publish(fillOrder, flow);
          }
        return { started };
      };

      function inClaims({ orders, batch }: Job): void {
        for (let left = orders; left > 0;) {
          const claim = producer.claim(Math.min(batch, left));
          const { id, kind, price, quantity, at } = claim.columns;
          for (const { from, to } of claim.spans) {
            for (let slot = from; slot < to; slot++) {
              flow.next();
              id[slot] = flow.id;
              kind[slot] = flow.kind;
              price[slot] = flow.price;
              quantity[slot] = flow.quantity;
              at[slot] = 0;
            }
          }
          claim.commit();
          left -= claim.length;
        }
      }
    }
    case 'journal': {
      const consumer = orders.openConsumer('journal');
      const journal = new Journal(journalPath);
      return (job) => {
        take(consumer, job.orders, job, (batch) => {
          log(batch, journal);
          journal.flush();
        });
        return {};
      };
    }
    case 'replica': {
      const consumer = orders.openConsumer('replica');
      const replica = new Replica();
      return (job) => {
        take(consumer, job.orders, job, (batch) => log(batch, replica));
        return { ordersChecksum: replica.checksum };
      };
    }
    case 'engine': {
      const consumer = orders.openConsumer('engine');
      const producer = executions.openProducer();
      const book = bookOf((maker, taker, price, quantity) => {
        producer.publish(fillExecution, maker, taker, price, quantity);
      });
      return (job) => {
        const latencies = new Float64Array(job.gapNs > 0 ? job.orders : 0);
        let measured = 0;
        take(consumer, job.orders, job, ({ columns: { id, kind, price, quantity, at }, spans }) => {
          for (const { from, to } of spans) {
            for (let slot = from; slot < to; slot++) {
              apply(book, id[slot], kind[slot], price[slot], quantity[slot]);
              if (job.gapNs > 0) latencies[measured++] = now() - at[slot];
            }
          }
        });
        producer.publish(fillExecution, 0, 0, 0, 0);
        return { bookChecksum: book.checksum(), latencies };
      };
    }
    case 'output': {
      const consumer = executions.openConsumer('output');
      const tally = new Tally();
      return (job) => {
        for (let ended = false; !ended;) {
          take(consumer, 1, job, ({ columns: { maker, taker, price, quantity }, spans }) => {
            for (const { from, to } of spans) {
              for (let slot = from; slot < to; slot++) {
                if (quantity[slot] === 0) ended = true;
                else tally.see(maker[slot], taker[slot], price[slot], quantity[slot]);
              }
            }
          });
        }
        return { trades: tally.trades, tradesChecksum: tally.checksum };
      };
    }
  }
}

/** Batches until at least `count` events were handled. */
function take<F extends Fields>(
  consumer: Consumer<F>,
  count: number,
  { wait }: Job,
  handle: (batch: Batch<F>) => void,
): void {
  const options = { wait };
  for (let left = count; left > 0;) {
    const batch = consumer.take(options);
    if (batch === undefined) throw new Error(`${consumer.name} met the end`);
    handle(batch);
    left -= batch.length;
    batch.release();
  }
}

function log({ columns, spans }: Batch<OrderFields>, into: Journal | Replica): void {
  const { id, kind, price, quantity } = columns;
  for (const { from, to } of spans)
    for (let slot = from; slot < to; slot++) into.add(id[slot], kind[slot], price[slot], quantity[slot]);
}
