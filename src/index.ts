/** slipring: events between threads, through a lock-free ring in shared memory. */
export type { Batch } from './batch.js';
export { type CancelHandle, CancelToken, cancelToken, openCancelToken } from './cancel.js';
export type { Claim, Span } from './claim.js';
export type { Consumer } from './consumer.js';
export { type ConsumerNames, createRing, openRing, ringBytes, type ValidGraph } from './create.js';
export { diagnose } from './diagnose.js';
export type {
  Behind,
  Deadlock,
  DeadlockStep,
  Diagnosis,
  Failed,
  SeatName,
  Wait,
} from './diagnosing/diagnosis.js';
export { createDoorbell, type Doorbell, openDoorbell } from './doorbell.js';
export {
  ArgumentError,
  ConsumerFailedError,
  HandleError,
  PayloadError,
  PlatformError,
  RingEndedError,
  SeatError,
  SlipringError,
  TurnError,
  WaitError,
} from './errors.js';
export {
  array,
  bool,
  type ClaimColumns,
  type Columns,
  type ColumnType,
  event,
  type EventType,
  f32,
  f64,
  type Field,
  type Fields,
  type FieldValue,
  type FixedArray,
  i16,
  i32,
  i64,
  i8,
  type InPlace,
  type Plain,
  type Readable,
  type Scalar,
  u16,
  u32,
  u64,
  u8,
  type Writable,
} from './event.js';
export type { DoorbellHandle, RingHandle } from './handle.js';
export type { AsyncHandler, Handler } from './handling.js';
export type {
  AbortSignalLike,
  AsyncWaitOptions,
  ProducerOptions,
  WaitMode,
  WaitOptions,
  WhenFull,
} from './limits.js';
export type { JoinOptions } from './members.js';
export type { AsyncLook, Look, LookOptions, Observer } from './observer.js';
export type { ErrorDecision, ErrorFunction, ErrorOptions, OnError, RetryOptions } from './on-error.js';
export type {
  ConsumerGraph,
  ConsumerOptions,
  OpenOptions,
  RingOptions,
  WhenConsumerFails,
  WhenDead,
} from './options.js';
export type { ClaimColumn, PayloadColumn } from './payload/column.js';
export {
  bytes,
  type BytesColumn,
  type Codec,
  type PayloadOptions,
  type PayloadType,
  text,
  type TextColumn,
  value,
  type ValueColumn,
} from './payload/columns.js';
export { json } from './payload/json.js';
export type { Fill, FillFrom, Producer } from './producer.js';
export type { BatchOptions } from './reading.js';
export type { Recovery } from './recovering.js';
export type { Ring } from './ring.js';
export type { Seat } from './seat-list.js';
export {
  serve,
  serveAsync,
  type AsyncServing,
  type AsyncServings,
  type Serving,
  type Servings,
} from './serve.js';
export type {
  ConsumerSnapshot,
  FailureSnapshot,
  ProducerSnapshot,
  RingSnapshot,
  WorkerSnapshot,
} from './snapshot.js';
