/**
 * The exchange with a lock-based queue on each arc:
 *
 *   gateway ─┬▶ toJournal ─▶ journal ─▶ journalled ─┐
 *            └▶ toReplica ─▶ replica ─▶ replicated ─┴▶ engine ─▶ executions ─▶ output
 */
import {
  type ColumnArrays,
  type ConditionBuffer,
  type ConditionBufferHandle,
  createConditionBuffer,
  openConditionBuffer,
} from 'slipring/locks';
import { now } from '../../../workers/bench-rounds.js';
import {
  type DoneColumns,
  doneColumns,
  executionColumns,
  type ExecutionColumns,
  orderColumns,
  type OrderColumns,
  type PlainOrder,
  SLOTS_OF_QUEUES,
  type Stage,
  type StageName,
} from './events.js';
import { apply, bookOf, Flow, Tally } from './flow.js';
import { Journal, Replica } from './journal.js';
import { pace } from './pace.js';

export interface LockExchange {
  system: 'locks';
  toJournal: ConditionBufferHandle<OrderColumns>;
  toReplica: ConditionBufferHandle<OrderColumns>;
  journalled: ConditionBufferHandle<OrderColumns>;
  replicated: ConditionBufferHandle<DoneColumns>;
  executions: ConditionBufferHandle<ExecutionColumns>;
}

export function createLockExchange(): LockExchange {
  const options = { capacity: SLOTS_OF_QUEUES };
  return {
    system: 'locks',
    toJournal: createConditionBuffer(orderColumns, options).handle,
    toReplica: createConditionBuffer(orderColumns, options).handle,
    journalled: createConditionBuffer(orderColumns, options).handle,
    replicated: createConditionBuffer(doneColumns, options).handle,
    executions: createConditionBuffer(executionColumns, options).handle,
  };
}

/** Orders that are journalled at once, at most: one write for all that waited. */
const MOST_AT_ONCE = 1_024;

type MutableExecution = Record<keyof ExecutionColumns, number>;

/** This thread's stage. */
export function openLockStage(name: StageName, handles: LockExchange, journalPath: string): Stage {
  switch (name) {
    case 'gateway': {
      const toJournal = openConditionBuffer(handles.toJournal);
      const toReplica = openConditionBuffer(handles.toReplica);
      const flow = new Flow();
      const put = (): void => {
        toJournal.put(writeOrder, flow);
        toReplica.put(writeOrder, flow);
      };
      return (job) => {
        const started = now();
        if (job.gapNs > 0) pace(job, flow, put);
        else
          for (let n = 0; n < job.orders; n++) {
            flow.next();
            put();
          }
        return { started };
      };
    }
    case 'journal': {
      const inbox = openConditionBuffer(handles.toJournal);
      const outbox = openConditionBuffer(handles.journalled);
      const journal = new Journal(journalPath);
      const batch = Array.from({ length: MOST_AT_ONCE }, newOrder);
      return (job) => {
        for (let left = job.orders; left > 0;) {
          const count = takeSeveral(inbox, batch, Math.min(MOST_AT_ONCE, left));
          for (let i = 0; i < count; i++) {
            const { id, kind, price, quantity } = batch[i];
            journal.add(id, kind, price, quantity);
          }
          journal.flush();
          for (let i = 0; i < count; i++) outbox.put(writeOrder, batch[i]);
          left -= count;
        }
        return {};
      };
    }
    case 'replica': {
      const inbox = openConditionBuffer(handles.toReplica);
      const outbox = openConditionBuffer(handles.replicated);
      const replica = new Replica();
      const order = newOrder();
      return (job) => {
        for (let n = 0; n < job.orders; n++) {
          inbox.take(readOrder, order);
          replica.add(order.id, order.kind, order.price, order.quantity);
          outbox.put(writeDone, order.id);
        }
        return { ordersChecksum: replica.checksum };
      };
    }
    case 'engine': {
      const journalled = openConditionBuffer(handles.journalled);
      const replicated = openConditionBuffer(handles.replicated);
      const executions = openConditionBuffer(handles.executions);
      const execution: MutableExecution = { maker: 0, taker: 0, price: 0, quantity: 0 };
      const put = (maker: number, taker: number, price: number, quantity: number): void => {
        execution.maker = maker;
        execution.taker = taker;
        execution.price = price;
        execution.quantity = quantity;
        executions.put(writeExecution, execution);
      };
      const book = bookOf(put);
      const order = newOrder();
      const done = { id: 0 };
      return (job) => {
        const latencies = new Float64Array(job.gapNs > 0 ? job.orders : 0);
        for (let n = 0; n < job.orders; n++) {
          journalled.take(readOrder, order);
          replicated.take(readDone, done);
          if (done.id !== order.id) throw new Error(`replica ${done.id} beside order ${order.id}`);
          apply(book, order.id, order.kind, order.price, order.quantity);
          if (job.gapNs > 0) latencies[n] = now() - order.at;
        }
        put(0, 0, 0, 0);
        return { bookChecksum: book.checksum(), latencies };
      };
    }
    case 'output': {
      const executions = openConditionBuffer(handles.executions);
      const tally = new Tally();
      const execution: MutableExecution = { maker: 0, taker: 0, price: 0, quantity: 0 };
      return () => {
        for (;;) {
          executions.take(readExecution, execution);
          const { maker, taker, price, quantity } = execution;
          if (quantity === 0) return { trades: tally.trades, tradesChecksum: tally.checksum };
          tally.see(maker, taker, price, quantity);
        }
      };
    }
  }
}

const newOrder = (): PlainOrder => ({ id: 0, kind: 0, price: 0, quantity: 0, at: 0 });

/** Waits for one order, and takes what else is there. */
function takeSeveral(inbox: ConditionBuffer<OrderColumns>, into: PlainOrder[], most: number): number {
  inbox.take(readOrder, into[0]);
  let count = 1;
  while (count < most && inbox.tryTake(readOrder, into[count]) === 'taken') count++;
  return count;
}

function writeOrder(columns: ColumnArrays<OrderColumns>, slot: number, order: PlainOrder): void {
  columns.id[slot] = order.id;
  columns.kind[slot] = order.kind;
  columns.price[slot] = order.price;
  columns.quantity[slot] = order.quantity;
  columns.at[slot] = order.at;
}

function readOrder(columns: ColumnArrays<OrderColumns>, slot: number, order: PlainOrder): void {
  order.id = columns.id[slot];
  order.kind = columns.kind[slot];
  order.price = columns.price[slot];
  order.quantity = columns.quantity[slot];
  order.at = columns.at[slot];
}

function writeDone(columns: ColumnArrays<DoneColumns>, slot: number, id: number): void {
  columns.id[slot] = id;
}

function readDone(columns: ColumnArrays<DoneColumns>, slot: number, done: { id: number }): void {
  done.id = columns.id[slot];
}

function writeExecution(
  columns: ColumnArrays<ExecutionColumns>,
  slot: number,
  { maker, taker, price, quantity }: MutableExecution,
): void {
  columns.maker[slot] = maker;
  columns.taker[slot] = taker;
  columns.price[slot] = price;
  columns.quantity[slot] = quantity;
}

function readExecution(columns: ColumnArrays<ExecutionColumns>, slot: number, into: MutableExecution): void {
  into.maker = columns.maker[slot];
  into.taker = columns.taker[slot];
  into.price = columns.price[slot];
  into.quantity = columns.quantity[slot];
}
