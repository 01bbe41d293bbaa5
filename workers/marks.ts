/** Messages of bytes that benchmarks send: every byte is written, and both ends tell which message it is. */
import { bytes, type BytesColumn, event, type EventType } from 'slipring';

/** An event that is one message. */
export const Message: EventType<{ body: BytesColumn }> = event({ body: bytes({ max: 65_536 }) });

/** Writes message `n`: the first and last 8 bytes say its number, those between its last byte. */
export function mark(body: Uint8Array, n: number): void {
  body.fill(n);
  const end = body.length - 8;
  markAt(body, 0, n);
  markAt(body, end, ~n);
}

/** Whether these bytes are message `n`, of so many bytes. */
export function isMarked(body: Uint8Array, length: number, n: number): boolean {
  return (
    body.length === length &&
    isMarkedAt(body, 0, n) &&
    body[length >> 1] === (n & 255) &&
    isMarkedAt(body, length - 8, ~n)
  );
}

function markAt(body: Uint8Array, at: number, n: number): void {
  body[at] = n;
  body[at + 1] = n >> 8;
  body[at + 2] = n >> 16;
  body[at + 3] = n >> 24;
  body[at + 4] = ~n;
  body[at + 5] = ~n >> 8;
  body[at + 6] = ~n >> 16;
  body[at + 7] = ~n >> 24;
}

function isMarkedAt(body: Uint8Array, at: number, n: number): boolean {
  const low = body[at] | (body[at + 1] << 8) | (body[at + 2] << 16) | (body[at + 3] << 24);
  const high = body[at + 4] | (body[at + 5] << 8) | (body[at + 6] << 16) | (body[at + 7] << 24);
  return low === (n | 0) && high === ~n;
}
