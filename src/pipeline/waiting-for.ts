/** Waiting for a promise, no longer than a time-out and a signal allow. */
import { WaitError } from '../errors.js';
import { type AsyncWaitOptions, WaitLimits } from '../limits.js';
import { platform } from '../core/platform.js';

/**
 * @throws ArgumentError `ERR_TIMEOUT`, `ERR_SIGNAL`, before anything is waited for.
 */
export function mustBeLimits({ timeoutMs, signal }: AsyncWaitOptions): void {
  const own = { ...(timeoutMs !== undefined && { timeoutMs }), ...(signal !== undefined && { signal }) };
  new WaitLimits(own, '', { left: false });
}

/** Settles as the promise does; rejects with `ERR_TIMED_OUT`, or the signal's reason, when that comes first. */
export async function waitFor<T>(
  promise: Promise<T>,
  { timeoutMs = Infinity, signal }: AsyncWaitOptions,
  what: string,
): Promise<T> {
  if (signal?.aborted) throw signal.reason;
  let stop = (): void => {};
  const limits = new Promise<() => never>((resolve) => {
    const late = platform.after(timeoutMs, () =>
      resolve(() => {
        throw new WaitError('ERR_TIMED_OUT', `${timeoutMs} ms have passed, and ${what}.`);
      }),
    );
    const onAbort = (): void =>
      resolve(() => {
        throw signal!.reason;
      });
    signal?.addEventListener('abort', onAbort);
    stop = () => {
      late();
      signal?.removeEventListener('abort', onAbort);
    };
  });
  try {
    const first = await Promise.race([promise.then((value) => () => value), limits]);
    return first();
  } finally {
    stop();
  }
}
