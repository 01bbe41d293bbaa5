/** The errors that only a queue has. */
import { PayloadError, RingEndedError, SlipringError } from '../errors.js';

/**
 * `ERR_QUEUE_CLOSED`, `ERR_QUEUE_FULL` (where it is not waited for), `ERR_QUEUE_THREADS` (all seats of a side are taken), `ERR_PEERS_GONE` (whoever
 * could end this wait has died), `ERR_TASK_DONE` (more calls than values were taken).
 */
export class QueueError extends SlipringError {}

/** `ERR_CODEC`: a value that was taken, and that the codec could not read. It is out of the queue. */
export class UnreadableValueError extends PayloadError {
  /** What was put, as the codec wrote it. */
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, cause: unknown) {
    super(
      'ERR_CODEC',
      `The queue's codec could not read the ${bytes.length} bytes of a value; this error has them as \`bytes\`.`,
      { cause },
    );
    this.bytes = bytes;
  }
}

export function closedError(): QueueError {
  return new QueueError('ERR_QUEUE_CLOSED', 'The queue is closed: nothing more can be put, nor will come.');
}

/** As a queue says it. */
export function inQueueTerms(error: unknown): unknown {
  return error instanceof RingEndedError ? closedError() : error;
}
