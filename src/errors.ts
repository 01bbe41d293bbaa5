/** Every error of slipring: `code` never changes between versions, the message says what was wrong and what would be right. */
export class SlipringError extends Error {
  /** Stable identifier, for programs. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** An argument or an option that cannot be used; nothing was changed. */
export class ArgumentError extends SlipringError {}

/** A handle or buffer that is not a ring of this version and event. */
export class HandleError extends SlipringError {}

/** A seat that does not exist, or that somebody holds already. */
export class SeatError extends SlipringError {}

/**
 * A value that cannot go into its column of any length: too long (`ERR_PAYLOAD_TOO_LARGE`), of the wrong kind (`ERR_PAYLOAD_VALUE`), or
 * its codec failed (`ERR_CODEC`). Nothing of it was published. Or one that cannot be read: by its codec (`ERR_CODEC`), or because another
 * wrote rubbish into the ring (`ERR_PAYLOAD_DAMAGED`).
 */
export class PayloadError extends SlipringError {}

/** A call out of its turn: a second open claim, a batch or an accessor after its turn. */
export class TurnError extends SlipringError {}

/** The ring was closed (`ERR_RING_CLOSED`) or aborted (`ERR_RING_ABORTED`). */
export class RingEndedError extends SlipringError {}

/** A wait ended before what it waited for (`ERR_TIMED_OUT`, `ERR_CANCELLED`), or would never have ended (`ERR_SELF_DEADLOCK`). */
export class WaitError extends SlipringError {}

/** This platform, or this thread, cannot do what was asked for. */
export class PlatformError extends SlipringError {}

/** `ERR_CONSUMER_FAILED`: what was waited for cannot come, since a consumer failed and has not gone on. The message says why it did. */
export class ConsumerFailedError extends SlipringError {
  /** The consumer's name; of a worker, its group's. */
  readonly consumer: string;
  /** The event that it had in hand. */
  readonly sequence: number;
  /** The message of the error that stopped it, as far as 244 bytes hold it. */
  readonly reason: string;

  constructor(consumer: string, sequence: number, reason: string) {
    super(
      'ERR_CONSUMER_FAILED',
      `The consumer ${JSON.stringify(consumer)} failed at event ${sequence}, and others wait for it: ${reason === '' ? 'no reason was given' : reason}.`,
    );
    this.consumer = consumer;
    this.sequence = sequence;
    this.reason = reason;
  }
}
