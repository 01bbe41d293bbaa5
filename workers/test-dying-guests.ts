/** A thread that comes to a ring as a guest, and sleeps with an event in hand until it is terminated. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Codec, event, openRing, type RingHandle, value } from 'slipring';

export interface DyingGuestData {
  readonly ring: RingHandle;
  readonly comes: 'observer' | 'lossy' | 'group';
}

const isGuest = parentPort !== null && workerData !== null;

/** Says that it is where it shall die, and sleeps. */
function stay(): never {
  parentPort!.postMessage('here');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error('It lives.');
}

/** A number that a guest never comes to the end of reading. */
const slow: Codec<number> = {
  name: 'slow',
  encodeInto(number, bytes) {
    bytes[0] = number;
    return 1;
  },
  decode: (bytes) => (isGuest ? stay() : bytes[0]),
};

export const Slow = event({ n: value(slow) });

// Not when a test imports the event.
if (isGuest) {
  const { ring: handle, comes } = workerData as DyingGuestData;
  const ring = openRing(handle, Slow);
  const oldest = { start: 'oldest' } as const;
  if (comes === 'observer') {
    const observer = ring.observe();
    parentPort!.postMessage('come');
    observer.run(() => {});
  } else {
    const guest = ring.join(
      'guest',
      comes === 'lossy' ? { ...oldest, lossy: true } : { ...oldest, workers: 2 },
    );
    guest.run((event) => void event.n);
  }
}
