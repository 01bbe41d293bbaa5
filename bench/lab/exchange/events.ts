/** What goes through the exchange, as events of a ring and as items of lock-based buffers. */
import { event, type EventType, f64, i32, u32, u8, type WaitMode, type Writable } from 'slipring';
import type { Report } from '../../../workers/bench-rounds.js';

/** `kind` is BUY, SELL or CANCEL; `at`, where latency is measured, when it was due, else 0. */
export type OrderFields = {
  id: typeof u32;
  kind: typeof u8;
  price: typeof i32;
  quantity: typeof i32;
  at: typeof f64;
};
export const Order: EventType<OrderFields> = event({ id: u32, kind: u8, price: i32, quantity: i32, at: f64 });

/** A trade, as published; quantity 0 ends a round. */
export type ExecutionFields = {
  maker: typeof u32;
  taker: typeof u32;
  price: typeof i32;
  quantity: typeof i32;
};
export const Execution: EventType<ExecutionFields> = event({
  maker: u32,
  taker: u32,
  price: i32,
  quantity: i32,
});

export const orderColumns = { id: 'u32', kind: 'u8', price: 'i32', quantity: 'i32', at: 'f64' } as const;
export type OrderColumns = typeof orderColumns;
export const executionColumns = { maker: 'u32', taker: 'u32', price: 'i32', quantity: 'i32' } as const;
export type ExecutionColumns = typeof executionColumns;
/** What the replica passes on: that it has this order. */
export const doneColumns = { id: 'u32' } as const;
export type DoneColumns = typeof doneColumns;

export const SLOTS_OF_QUEUES = 65_536;

export interface PlainOrder {
  id: number;
  kind: number;
  price: number;
  quantity: number;
  at: number;
}

export function fillOrder(order: Writable<OrderFields>, from: PlainOrder): void {
  order.id = from.id;
  order.kind = from.kind;
  order.price = from.price;
  order.quantity = from.quantity;
  order.at = from.at;
}

export function fillExecution(
  execution: Writable<ExecutionFields>,
  maker: number,
  taker: number,
  price: number,
  quantity: number,
): void {
  execution.maker = maker;
  execution.taker = taker;
  execution.price = price;
  execution.quantity = quantity;
}

/** In the order in which a crew has them. */
export const stages = ['gateway', 'journal', 'replica', 'engine', 'output'] as const;
export type StageName = (typeof stages)[number];

/** One round: so many orders, in claims of `batch` if it is a ring, as fast as they go or one every `gapNs`. */
export interface Job {
  orders: number;
  batch: number;
  gapNs: number;
  /** How the stages of a ring wait. */
  wait: WaitMode;
}

/** What a stage tells of itself when its round is done. */
export interface StageReport extends Report {
  /** Gateway. */
  started?: number;
  /** Replica: of all orders so far. */
  ordersChecksum?: number;
  /** Engine. */
  bookChecksum?: number;
  /** Engine, where orders say when they were due: nanoseconds each. */
  latencies?: Float64Array;
  /** Output: all so far. */
  trades?: number;
  tradesChecksum?: number;
}

/** A stage of one thread: does its part of each round. */
export type Stage = (job: Job) => Partial<StageReport>;
