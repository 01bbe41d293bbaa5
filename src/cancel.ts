/** A token that any thread may trip to end parking waits: an `AbortSignal` cannot fire in a thread that is parked. */
import { ArgumentError, HandleError } from './errors.js';
import { describe } from './event.js';
import { wakeMore } from './core/closing.js';
import { consumerPositions, type ControlShape, moreSleepers, ringIdOf } from './core/header.js';
import { shared } from './core/layout.js';
import { permitsId, wakeWaiting } from './core/permits.js';
import { wake } from './core/sequence.js';
import { views } from './core/views.js';
import {
  isSharedMemory,
  mustBeRingHandle,
  mustHaveSharedMemory,
  type RingHandle,
  shapeOf,
  wordsOf,
} from './handle.js';
import { type PermitsHandle, permitWordsOf } from './permits-handle.js';

/** What a token passes to other threads: plain, cloneable. */
export interface CancelHandle {
  readonly slipring: 'cancel';
  readonly buffer: SharedArrayBuffer;
  readonly rings: readonly (RingHandle | PermitsHandle)[];
}

/**
 * Ends the waits that were given it, in whatever thread they park. Made by `cancelToken`, opened elsewhere by
 * `openCancelToken`. Tripping is for good.
 */
export class CancelToken {
  readonly handle: CancelHandle;
  /** 0, then 1 for ever. Writer: whoever trips it. Nobody sleeps on it: sleepers are on words of the rings. */
  readonly #word: Int32Array;
  readonly #places: readonly Place[];
  readonly #ids: ReadonlySet<string>;

  /** Use `cancelToken` or `openCancelToken`. */
  constructor(handle: CancelHandle) {
    this.handle = handle;
    this.#word = views.words(handle.buffer, 0, 1);
    this.#places = handle.rings.map(placeOf);
    this.#ids = new Set(this.#places.map(({ id }) => id));
  }

  /** True once any thread has tripped it. */
  get cancelled(): boolean {
    return Atomics.load(this.#word, 0) !== 0;
  }

  /** Trips the token: every wait that has it ends with `ERR_CANCELLED`, those that come later at once. Never waits. */
  cancel(): void {
    Atomics.store(this.#word, 0, 1);
    // Whoever sleeps on any word of the rings wakes, looks at its own token, and sleeps again if it was another.
    for (const { wake } of this.#places) wake();
  }

  /** Whether waits on the ring of this id can be ended by this token. */
  covers(ringId: string): boolean {
    return this.#ids.has(ringId);
  }
}

/** Where those sleep whom a token wakes. */
interface Place {
  readonly id: string;
  readonly wake: () => void;
}

function placeOf(handle: RingHandle | PermitsHandle): Place {
  if (handle.slipring === 'permits') {
    const words = permitWordsOf(handle);
    return { id: permitsId(words), wake: () => wakeWaiting(words) };
  }
  const words = wordsOf(handle);
  const shape = shapeOf(words);
  return { id: ringIdOf(words), wake: () => wakeRing(words, shape) };
}

function wakeRing(words: Int32Array, shape: ControlShape): void {
  wake(words, shared.cursor);
  wake(words, shared.ending);
  const positions = consumerPositions(words, shape);
  for (const index of positions) wake(words, index);
  wakeMore(words, positions, moreSleepers(words, shape));
}

function mustBePlace(handle: RingHandle | PermitsHandle): void {
  if (handle?.slipring === 'permits') permitWordsOf(handle);
  else mustBeRingHandle(handle);
}

/**
 * A token that can end parking waits on these rings, or for these permits, from any thread that has it or its `handle`.
 * @throws ArgumentError `ERR_CANCEL_RINGS` without a ring, or for what is none; PlatformError
 * `ERR_NO_SHARED_MEMORY`.
 */
export function cancelToken(
  ...rings: readonly { readonly handle: RingHandle | PermitsHandle }[]
): CancelToken {
  mustHaveSharedMemory();
  if (rings.length === 0 || rings.some((ring) => !['ring', 'permits'].includes(ring?.handle?.slipring))) {
    throw new ArgumentError(
      'ERR_CANCEL_RINGS',
      'cancelToken() takes the rings whose waits it shall end, at least one.',
    );
  }
  const handles = rings.map((ring) => ring?.handle);
  handles.forEach(mustBePlace);
  return new CancelToken({ slipring: 'cancel', buffer: views.allocate(4), rings: handles });
}

/**
 * Opens a token in another thread.
 * @throws HandleError `ERR_HANDLE` for anything but a token's handle, and as `openRing`; PlatformError `ERR_NO_SHARED_MEMORY`.
 */
export function openCancelToken(handle: CancelHandle): CancelToken {
  mustHaveSharedMemory();
  const { slipring, buffer, rings } = handle ?? {};
  if (slipring !== 'cancel' || !isSharedMemory(buffer) || buffer.byteLength !== 4 || !Array.isArray(rings)) {
    throw new HandleError('ERR_HANDLE', `openCancelToken() takes a token's handle, not ${describe(handle)}.`);
  }
  rings.forEach(mustBePlace);
  return new CancelToken(handle);
}
