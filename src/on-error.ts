/** What a consumer does when its handler throws. */
import { ArgumentError } from './errors.js';
import { describe, type Fields, type Readable } from './event.js';

/** What becomes of an event whose handler threw. */
export type ErrorDecision = 'stop' | 'skip' | 'retry';

/** Decides about the event in hand; `attempt` counts how often it, or its batch, was tried: 1 at the first error. */
export type ErrorFunction<F extends Fields> = (
  error: unknown,
  event: Readable<F>,
  sequence: number,
  attempt: number,
) => ErrorDecision;

/** Tries again after an error. */
export interface RetryOptions {
  /** How often at most, 1 or more; Infinity for as long as it takes. */
  readonly retry: number;
  /** The event alone, unless given; or all of the batch in hand, from the first event that is not released. */
  readonly what?: 'event' | 'batch';
  /** Milliseconds between two attempts: 0 unless given. A close ends the pause. Not with `poll`, which never waits. */
  readonly pauseMs?: number;
  /** What comes after the last attempt, for the event or the batch: `'stop'` unless given. */
  readonly then?: 'stop' | 'skip';
}

/**
 * `'stop'`, the default: the error comes out of the call, and the consumer has failed until it goes on, which others are told. `'skip'`: the
 * event is passed over, and counted. Or attempts, or a function that decides each time; an error that it throws stops.
 */
export type OnError<F extends Fields> = 'stop' | 'skip' | RetryOptions | ErrorFunction<F>;

/** An option of every call that takes a handler. */
export interface ErrorOptions<F extends Fields> {
  /** What to do when the handler throws: `'stop'` unless given. */
  readonly onError?: OnError<F>;
}

/** Options that were found right, as one decision. */
export interface ErrorPolicy<F extends Fields> {
  readonly decide: ErrorFunction<F>;
  /** Whether a decision is about the whole batch in hand. */
  readonly wholeBatch: boolean;
  readonly pauseMs: number;
}

/** The default. */
export const STOP: ErrorPolicy<Fields> = { decide: () => 'stop', wholeBatch: false, pauseMs: 0 };
const SKIP: ErrorPolicy<Fields> = { decide: () => 'skip', wholeBatch: false, pauseMs: 0 };
const RETRY_OPTIONS: ReadonlySet<string> = new Set(['retry', 'what', 'pauseMs', 'then']);

/** @throws ArgumentError `ERR_ON_ERROR`. */
export function errorPolicy<F extends Fields>(
  options: ErrorOptions<F> | undefined,
  mayPause: 'may pause' | 'never waits',
): ErrorPolicy<F> {
  const onError: unknown = options?.onError;
  if (onError === undefined || onError === 'stop') return STOP;
  if (onError === 'skip') return SKIP;
  if (typeof onError === 'function') {
    return { decide: checked(onError as ErrorFunction<F>), wholeBatch: false, pauseMs: 0 };
  }
  if (typeof onError !== 'object' || onError === null) {
    throw wrong(
      `onError is 'stop', 'skip', attempts like { retry: 3 } or a function, not ${describe(onError)}`,
    );
  }
  const stranger = Object.keys(onError).find((name) => !RETRY_OPTIONS.has(name));
  if (stranger !== undefined) {
    throw wrong(`onError has no option ${JSON.stringify(stranger)}; it has ${[...RETRY_OPTIONS].join(', ')}`);
  }
  const { retry, what = 'event', pauseMs = 0, then = 'stop' } = onError as RetryOptions;
  if (retry !== Infinity && (!Number.isInteger(retry) || retry < 1))
    throw wrong(`retry is a whole number of attempts, 1 or more, not ${describe(retry)}`);
  if (what !== 'event' && what !== 'batch')
    throw wrong(`what is retried is 'event' or 'batch', not ${describe(what)}`);
  if (then !== 'stop' && then !== 'skip') throw wrong(`then comes 'stop' or 'skip', not ${describe(then)}`);
  if (typeof pauseMs !== 'number' || !(pauseMs >= 0))
    throw wrong(`pauseMs is a number of milliseconds, 0 or more, not ${describe(pauseMs)}`);
  if (pauseMs > 0 && mayPause === 'never waits') throw wrong('poll() never waits, so it takes no pauseMs');
  return {
    decide: (_error, _event, _sequence, attempt) => (attempt <= retry ? 'retry' : then),
    wholeBatch: what === 'batch',
    pauseMs,
  };
}

function checked<F extends Fields>(decide: ErrorFunction<F>): ErrorFunction<F> {
  return (error, event, sequence, attempt) => {
    const decision: unknown = decide(error, event, sequence, attempt);
    if (decision === 'stop' || decision === 'skip' || decision === 'retry') return decision;
    throw new ArgumentError(
      'ERR_ON_ERROR',
      `An onError function returns 'stop', 'skip' or 'retry', not ${describe(decision)}.`,
      { cause: error },
    );
  };
}

function wrong(what: string): ArgumentError {
  return new ArgumentError('ERR_ON_ERROR', `${what}.`);
}
