/**
 * The first two answers of every textbook to "one thread makes, another takes": a shared list that nobody protects, and one under a lock that
 * whoever finds it full or empty looks at again after a short sleep. Both over the same memory:
 *
 *   head | count | slots 0 … capacity - 1, each a number and a moment
 */
import { type LockHandle, createMutex, openMutex } from 'slipring/locks';

export interface ListHandle {
  mutex: LockHandle<'mutex'>;
  words: SharedArrayBuffer;
  ids: SharedArrayBuffer;
  moments: SharedArrayBuffer;
}

const HEAD = 0;
const COUNT = 1;

/** What a thread sleeps when it finds the list full or empty: the shortest that most textbooks' platforms have. */
const NAP_MS = 1;

export function createList(capacity: number): ListHandle {
  return {
    mutex: createMutex().handle,
    words: new SharedArrayBuffer(8),
    ids: new SharedArrayBuffer(4 * capacity),
    moments: new SharedArrayBuffer(8 * capacity),
  };
}

/** A list that nobody protects. It is wrong: two threads change `count` at the same time, and one change is lost. */
export class BareList {
  protected readonly words: Int32Array;
  readonly #ids: Uint32Array;
  readonly #moments: Float64Array;

  constructor({ words, ids, moments }: ListHandle) {
    this.words = new Int32Array(words);
    this.#ids = new Uint32Array(ids);
    this.#moments = new Float64Array(moments);
  }

  /** False when it is full. */
  tryPut(id: number, moment: number): boolean {
    const { words } = this;
    const capacity = this.#ids.length;
    const count = words[COUNT];
    if (count >= capacity) return false;
    const slot = (words[HEAD] + count) % capacity;
    this.#ids[slot] = id;
    this.#moments[slot] = moment;
    words[COUNT]++;
    return true;
  }

  /** False when it is empty. */
  tryTake(see: (id: number, moment: number) => void): boolean {
    const { words } = this;
    if (words[COUNT] <= 0) return false;
    const slot = words[HEAD];
    see(this.#ids[slot], this.#moments[slot]);
    words[HEAD] = (slot + 1) % this.#ids.length;
    words[COUNT]--;
    return true;
  }
}

/** The same list under a mutex; who finds it full or empty sleeps a little and looks again. */
export class NappingList {
  readonly #list: BareList;
  readonly #mutex: ReturnType<typeof openMutex>;
  readonly #pillow = new Int32Array(new SharedArrayBuffer(4));

  constructor(handle: ListHandle) {
    this.#list = new BareList(handle);
    this.#mutex = openMutex(handle.mutex);
  }

  put(id: number, moment: number): void {
    for (;;) {
      this.#mutex.lock();
      const put = this.#list.tryPut(id, moment);
      this.#mutex.unlock();
      if (put) return;
      Atomics.wait(this.#pillow, 0, 0, NAP_MS);
    }
  }

  take(see: (id: number, moment: number) => void): void {
    for (;;) {
      this.#mutex.lock();
      const taken = this.#list.tryTake(see);
      this.#mutex.unlock();
      if (taken) return;
      Atomics.wait(this.#pillow, 0, 0, NAP_MS);
    }
  }
}
