import { createRing, event, type Producer, type Ring, type SlipringError, u32, WaitError } from 'slipring';
import { expect } from 'vitest';

/** Positions just below everything that comes round: the sign change, the wrap of 30 bits, an epoch, 31 and 32 bits, and a far one. */
export const wraps: readonly number[] = [
  2 ** 29 - 3,
  2 ** 30 - 3,
  3 * 2 ** 28 - 3,
  2 ** 31 - 3,
  2 ** 32 - 3,
  2 ** 40 - 5,
];

/** An event of one number. */
export const Tick = event({ n: u32 });
export type TickFields = { n: typeof u32 };

/** A fill that captures nothing. */
export function fillTick(tick: { n: number }, n: number): void {
  tick.n = n;
}

/** A ring of ticks with one consumer, `reader`. */
export function tickRing(capacity: number, firstSequence = 0): Ring<TickFields, 'reader'> {
  return createRing(Tick, { capacity, consumers: ['reader'], firstSequence });
}

/** Publishes these numbers one by one; every one must fit. */
export function publishAll(producer: Producer<TickFields>, ...numbers: number[]): void {
  for (const n of numbers) expect(producer.tryPublish(fillTick, n)).toBeDefined();
}

/** Nothing in a unit test may park for ever: a wait that is not over at once fails. */
export const atOnce = { timeoutMs: 0 } as const;

type ErrorClass = abstract new (...args: never[]) => SlipringError;

/** What `action` throws. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** What `promise` rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was rejected');
}

/** An error of this class and code whose message is a sentence. */
export function expectRefusal(error: unknown, Class: ErrorClass, code: string): void {
  expect(error).toBeInstanceOf(Class);
  expect(error).toMatchObject({ code, name: Class.name });
  expect((error as Error).message).toMatch(/^\S+ .{15,}\.$/);
}

/** `action` throws an error of this class and code. */
export function expectThrown(action: () => unknown, Class: ErrorClass, code: string): void {
  expectRefusal(thrownBy(action), Class, code);
}

/** `action` had to wait, and was not given the time. */
export function expectBlocked(action: () => unknown): void {
  expectThrown(action, WaitError, 'ERR_TIMED_OUT');
}

/** A copy of a buffer's bytes. */
export function bytesOf(buffer: SharedArrayBuffer): Buffer {
  return Buffer.from(new Uint8Array(buffer).slice());
}

/** Runs `action`, after which every byte of the buffer is as it was before. */
export function leavesUntouched(buffer: SharedArrayBuffer, action: () => void): void {
  const before = bytesOf(buffer);
  action();
  expect(bytesOf(buffer).equals(before), 'shared memory is as it was').toBe(true);
}

/** As `leavesUntouched`, for what ends later. */
export async function leavesUntouchedAsync(
  buffer: SharedArrayBuffer,
  action: () => Promise<void>,
): Promise<void> {
  const before = bytesOf(buffer);
  await action();
  expect(bytesOf(buffer).equals(before), 'shared memory is as it was').toBe(true);
}

/** Resolves after the event loop had some turns: whatever could happen by then, has. */
export async function loopTurns(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
