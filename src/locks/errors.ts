import { SlipringError } from '../errors.js';

/** A lock used out of its turn: `ERR_LOCK_NOT_HELD`, `ERR_LOCK_HELD`, `ERR_SEMAPHORE_OVERFLOW`. */
export class LockError extends SlipringError {}

/** The bounded buffer was closed (`ERR_BUFFER_CLOSED`): nothing was put. */
export class BufferClosedError extends SlipringError {
  constructor() {
    super('ERR_BUFFER_CLOSED', 'The buffer was closed, so nothing more can be put into it.');
  }
}
