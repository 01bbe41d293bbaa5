/** Programs over the two textbook buffers of `slipring/locks`, as users call them. */
import type { FinalEnv, Options, Program, ThreadEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type {
  BoundedBuffer,
  BufferHandle,
  BufferKind,
  ConditionBufferHandle,
  LockWaitOptions,
  SemaphoreBufferHandle,
} from '../../../src/locks/index.js';
import type { ModelProgram } from './entry.js';
import { complete } from './entry.js';
import { aborting, codeOf, dying, leaving, listOfLockPrograms, mustBe } from './locking.js';

const { programs, add } = listOfLockPrograms();

const columns = { item: 'i32' } as const;
type Columns = typeof columns;

interface Shared {
  readonly handle: BufferHandle<BufferKind, Columns>;
  /** Atomic: how many have left. */
  readonly left: Int32Array;
}

type Env = ThreadEnv<Shared>;
type Final = FinalEnv<Shared>;
type Thread = (env: Env) => unknown;
type Threads = Record<string, Thread>;

/** Words of a buffer, of 16 in each of its blocks: mutex, what it guards, those of the takers, those of the putters. */
const word = {
  state: 17,
  head: 32,
  count: 33,
  closed: 34,
  takers: { first: 49, waiters: 50 },
  putters: { first: 65, waiters: 66 },
  items: 80,
} as const;

interface Plan {
  readonly kind: BufferKind;
  readonly capacity?: number;
  /** Items in the buffer at the beginning. */
  readonly filled?: readonly number[];
}

/** A program over one buffer; at its end the buffer is whole, and holds what was put and not taken. */
function over(
  { locks, views }: Library,
  { kind, capacity = 1, filled = [] }: Plan,
  threads: Threads,
  judge: (env: Final) => void = tookAll,
): Omit<Program<Shared>, 'name'> {
  return {
    setup({ label }) {
      const create = kind === 'condition-buffer' ? locks.createConditionBuffer : locks.createSemaphoreBuffer;
      const buffer = create(columns, { capacity });
      for (const item of filled) buffer.put(fill, item);
      const { handle } = buffer;
      const words = views.words(handle.buffer, 0, word.items);
      const counted = kind === 'condition-buffer' ? 'notifies' : 'permits';
      label(words, "mutex's state", word.state);
      for (const name of ['head', 'count', 'closed'] as const) label(words, name, word[name]);
      for (const name of ['takers', 'putters'] as const) {
        label(words, `${name}' ${counted}`, word[name].first);
        label(words, `${name}' waiters`, word[name].waiters);
      }
      label(views.column('i32', handle.buffer, word.items * 4, capacity), 'slot');
      const left = views.words(views.allocate(4), 0, 1);
      label(left, 'left', 0);
      return { handle, left };
    },
    threads,
    finally(env) {
      isWhole(env, filled);
      judge(env);
      return takenIn(env).join();
    },
  };
}

const fill = (slots: { item: Int32Array }, slot: number, item: number): void => {
  slots.item[slot] = item;
};
const read = (slots: { item: Int32Array }, slot: number, { observe }: Env): void => {
  observe(slots.item[slot]);
};

function open({ locks }: Library, { shared: { handle }, prepare }: Env): BoundedBuffer<BufferKind, Columns> {
  return prepare(() =>
    handle.slipring === 'condition-buffer'
      ? locks.openConditionBuffer(handle as ConditionBufferHandle<Columns>)
      : locks.openSemaphoreBuffer(handle as SemaphoreBufferHandle<Columns>),
  );
}

// --- What must hold at the end of a run.

/** What threads of such names put, or took. */
function itemsOf({ observed }: Final, names: RegExp): number[] {
  return Object.entries(observed)
    .filter(([name]) => names.test(name))
    .flatMap(([, values]) => values.filter((value) => typeof value === 'number'));
}

const takenIn = (env: Final): number[] => itemsOf(env, /^(?:taker|victim)/).sort();

/** What is left in the buffer, oldest first. */
function leftIn({ shared: { handle } }: Final): number[] {
  const words = new Int32Array(handle.buffer);
  return Array.from(
    { length: words[word.count] },
    (_, index) => words[word.items + ((words[word.head] + index) % handle.capacity)],
  );
}

/** Everything that was put was taken once, in the order of each who put, or is left; the locks are as they were. */
function isWhole(env: Final, filled: readonly number[]): void {
  const left = leftIn(env);
  const put = [...filled, ...itemsOf(env, /^putter/)].sort().join();
  mustBe('taken or left', [...takenIn(env), ...left].sort().join(), put);
  for (const [name, items] of Object.entries(env.observed)) {
    if (!name.startsWith('taker')) continue;
    const taken = items.filter((item) => typeof item === 'number');
    for (const [index, item] of taken.entries()) {
      const before = taken.slice(0, index).filter((other) => putterOf(other) === putterOf(item));
      if (before.some((other) => other > item)) throw new Error(`${name} took ${taken.join()}`);
    }
  }
  const { handle } = env.shared;
  const words = new Int32Array(handle.buffer);
  mustBe('the mutex', words[word.state], 0);
  if (Object.values(env.ended).includes('killed')) return;
  mustBe('waiters', words[word.takers.waiters] + words[word.putters.waiters], 0);
  if (handle.slipring === 'condition-buffer') return;
  const closing = words[word.closed];
  mustBe('filled slots', words[word.takers.first], left.length + closing);
  mustBe('free slots', words[word.putters.first], handle.capacity - left.length + closing);
}

/** Each putter's items are of ten of its own. */
const putterOf = (item: number): number => Math.floor(item / 10);

/** Nothing is left. */
const tookAll = (env: Final): void => mustBe('left', leftIn(env).join(), '');

/** As the other, and every taker was told that the buffer ended. */
const tookAllAndEnded = (env: Final): void => {
  tookAll(env);
  for (const [name, values] of Object.entries(env.observed)) {
    if (name.startsWith('taker') && env.ended[name] === 'done') mustBe(name, values.at(-1), 'end');
  }
};

/** Something may be left. */
const whatever = (): void => undefined;

// --- What threads do. A thread's name says what counts as put or taken.

/** Puts these, and observes those that were put; ends when the buffer is closed, or closes it at its own end. */
const putting =
  (
    library: Library,
    items: readonly number[],
    options: LockWaitOptions = {},
    then: 'leave' | 'close' = 'leave',
  ): Thread =>
  (env) => {
    const buffer = open(library, env);
    for (const item of items) {
      const code = codeOf(() => buffer.put(options, fill, item));
      env.observe(code ?? item);
      if (code === 'ERR_BUFFER_CLOSED') return;
    }
    if (then === 'close') buffer.close();
  };

/** Takes so many times, or until the end; observes what was taken. */
const taking =
  (library: Library, times = Infinity, options: LockWaitOptions = {}): Thread =>
  (env) => {
    const buffer = open(library, env);
    for (let time = 0; time < times; time++) {
      let more = true;
      const code = codeOf(() => (more = buffer.take(options, read, env)));
      if (code !== undefined) env.observe(code);
      if (!more) return env.observe('end');
    }
  };

const closing =
  (library: Library): Thread =>
  (env) =>
    open(library, env).close();

const puttingAsync =
  (library: Library, items: readonly number[]): Thread =>
  async (env) => {
    const buffer = open(library, env);
    try {
      for (const item of items) {
        await buffer.putAsync(fill, item);
        env.observe(item);
      }
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_BUFFER_CLOSED') throw error;
    }
  };

const takingAsync =
  (library: Library, times = Infinity): Thread =>
  async (env) => {
    const buffer = open(library, env);
    for (let time = 0; time < times; time++)
      if (!(await buffer.takeAsync(read, env))) return env.observe('end');
  };

const inTime: LockWaitOptions = { timeoutMs: 10 };

/** With semaphores few sleep for the mutex, so there is less to search. */
const completeBySemaphores = (kind: BufferKind): { bounded?: Options } =>
  kind === 'semaphore-buffer' ? { bounded: complete } : {};

for (const kind of ['condition-buffer', 'semaphore-buffer'] as const) {
  // --- Items go through.

  add(`${kind}: 1 puts 1, 1 takes, capacity 1`, { bounded: complete }, (library) =>
    over(library, { kind }, { putter: putting(library, [1]), taker: taking(library, 1) }),
  );
  for (const [items, capacity] of [
    [[1, 2], 1],
    [[1, 2, 3], 2],
  ] as const) {
    const extent = capacity === 1 ? completeBySemaphores(kind) : {};
    add(
      `${kind}: 1 puts ${items.length}, 1 takes, capacity ${capacity}`,
      { quick: true, ...extent },
      (library) =>
        over(
          library,
          { kind, capacity },
          { putter: putting(library, items), taker: taking(library, items.length) },
        ),
    );
  }
  add(
    `${kind}: 1 puts 2, 1 takes, capacity 1, a stray wake-up`,
    { ...completeBySemaphores(kind), options: { strayWakeups: 1 } },
    (library) => over(library, { kind }, { putter: putting(library, [1, 2]), taker: taking(library, 2) }),
  );
  add(`${kind}: 2 put 1 each, 1 takes 2, capacity 1`, { ...completeBySemaphores(kind) }, (library) =>
    over(
      library,
      { kind },
      { putter1: putting(library, [10]), putter2: putting(library, [20]), taker: taking(library, 2) },
    ),
  );
  add(`${kind}: 1 puts 2, 2 take 1 each, capacity 1`, {}, (library) =>
    over(
      library,
      { kind },
      { putter: putting(library, [1, 2]), taker1: taking(library, 1), taker2: taking(library, 1) },
    ),
  );
  add(`${kind}: 2 put 2 each, 2 take 2 each, capacity 1`, {}, (library) =>
    over(
      library,
      { kind },
      {
        putter1: putting(library, [10, 11]),
        putter2: putting(library, [20, 21]),
        taker1: taking(library, 2),
        taker2: taking(library, 2),
      },
    ),
  );

  // --- Time-outs.

  add(
    `${kind}: 1 puts 1, 1 takes, either for 10 ms`,
    { ...completeBySemaphores(kind), options: { timeouts: 1 } },
    (library) =>
      over(
        library,
        { kind },
        { putter: putting(library, [1, 2], inTime), taker: taking(library, 2, inTime) },
        whatever,
      ),
  );
  // Whoever leaves was perhaps the one that was woken: the other of its kind must not sleep on.
  add(
    `${kind}: full, 2 put, one of them for 10 ms, 1 takes 2`,
    { quick: true, options: { timeouts: 1 } },
    (library) =>
      over(
        library,
        { kind, filled: [1] },
        {
          putter1: putting(library, [10], inTime),
          putter2: putting(library, [20]),
          taker: taking(library, 2),
        },
        whatever,
      ),
  );
  add(`${kind}: 2 take, one of them for 10 ms, 1 puts 2`, { options: { timeouts: 1 } }, (library) =>
    over(
      library,
      { kind },
      {
        putter: putting(library, [1, 2]),
        taker1: taking(library, 1, inTime),
        taker2: taking(library, 1),
      },
      whatever,
    ),
  );
  add(`${kind}: 1 puts 2, 1 takes, another tries to take`, {}, (library) =>
    over(
      library,
      { kind, capacity: 2 },
      {
        putter: putting(library, [1, 2]),
        taker1: taking(library, 1),
        taker2: (env) => env.observe(open(library, env).tryTake(read, env)),
      },
      whatever,
    ),
  );
  add(
    `${kind}: full, 1 puts, 1 takes 2, another tries to put`,
    { ...completeBySemaphores(kind) },
    (library) =>
      over(
        library,
        { kind, filled: [1] },
        {
          putter1: putting(library, [10]),
          putter2: (env) => {
            if (open(library, env).tryPut(fill, 20)) env.observe(20);
          },
          taker: taking(library, 2),
        },
        whatever,
      ),
  );

  // --- Closing, at any point.

  add(`${kind}: closed while 1 puts 2 and 1 takes`, { quick: true }, (library) =>
    over(
      library,
      { kind },
      { putter: putting(library, [1, 2]), taker: taking(library), closer: closing(library) },
      tookAllAndEnded,
    ),
  );
  add(`${kind}: closed while 2 take from an empty one`, { ...completeBySemaphores(kind) }, (library) =>
    over(
      library,
      { kind },
      { taker1: taking(library), taker2: taking(library), closer: closing(library) },
      tookAllAndEnded,
    ),
  );
  add(`${kind}: closed while 2 put into a full one`, { ...completeBySemaphores(kind) }, (library) =>
    over(
      library,
      { kind, filled: [1] },
      { putter1: putting(library, [10]), putter2: putting(library, [20]), closer: closing(library) },
      whatever,
    ),
  );
  add(`${kind}: closed by two while 1 puts and 1 takes`, {}, (library) =>
    over(
      library,
      { kind },
      {
        putter: putting(library, [1]),
        taker: taking(library),
        closer: closing(library),
        other: closing(library),
      },
      tookAllAndEnded,
    ),
  );
  add(
    `${kind}: closed while 1 puts and 2 take, one of them for 10 ms`,
    { options: { timeouts: 1 } },
    (library) =>
      over(
        library,
        { kind },
        {
          putter: putting(library, [1]),
          taker1: taking(library),
          taker2: taking(library, Infinity, inTime),
          closer: closing(library),
        },
        tookAllAndEnded,
      ),
  );

  // --- Misuse.

  add(`${kind}: what throws in fill or read puts and takes nothing`, { quick: true }, (library) => {
    const fails = (): never => {
      throw Object.assign(new Error('wanted'), { code: 'WANTED' });
    };
    return over(
      library,
      { kind, filled: [1] },
      {
        putter1: (env) =>
          mustBe(
            'put',
            codeOf(() => open(library, env).put(fails)),
            'WANTED',
          ),
        putter2: putting(library, [20]),
        taker1: taking(library, 2),
        taker2: (env) => env.observe(codeOf(() => open(library, env).take({ timeoutMs: 0 }, fails))),
      },
    );
  });
  add(`${kind}: a call from inside fill or read is refused`, { bounded: complete }, (library) =>
    over(
      library,
      { kind },
      {
        putter: (env) => {
          const buffer = open(library, env);
          buffer.put((slots, slot) => {
            mustBe(
              'put',
              codeOf(() => buffer.put(fill, 7)),
              'ERR_LOCK_HELD',
            );
            mustBe('tried', buffer.tryPut(fill, 7), false);
            fill(slots, slot, 1);
          });
          env.observe(1);
        },
        taker: (env) => {
          const buffer = open(library, env);
          buffer.take((slots, slot) => {
            mustBe(
              'taken',
              codeOf(() => buffer.take(read, env)),
              'ERR_LOCK_HELD',
            );
            mustBe('tried', buffer.tryTake(read, env), 'not-now');
            read(slots, slot, env);
          });
        },
      },
    ),
  );

  // --- On event loops.

  add(
    `${kind}: 1 puts 2, 1 takes, on event loops`,
    { kind: 'asynchronous', ...completeBySemaphores(kind) },
    (library) =>
      over(library, { kind }, { putter: puttingAsync(library, [1, 2]), taker: takingAsync(library, 2) }),
  );
  add(`${kind}: 1 puts 2, 1 takes on an event loop, 1 parks`, { kind: 'asynchronous' }, (library) =>
    over(
      library,
      { kind },
      { putter: puttingAsync(library, [1, 2]), taker1: takingAsync(library, 1), taker2: taking(library, 1) },
    ),
  );
  add(`${kind}: closed while 1 puts 2 and 1 takes, on event loops`, { kind: 'asynchronous' }, (library) =>
    over(
      library,
      { kind },
      {
        putter: puttingAsync(library, [1, 2]),
        taker: takingAsync(library),
        closer: (env) => open(library, env).closeAsync(),
      },
      tookAllAndEnded,
    ),
  );
  // One item, for whoever does not abort; whoever took it all the same puts it back.
  add(`${kind}: 2 take, a wait of one is aborted, 1 puts`, { kind: 'asynchronous' }, (library) =>
    over(
      library,
      { kind },
      {
        putter: leaving(putting(library, [1])),
        second: aborting(async (env, signal) => {
          const buffer = open(library, env);
          await buffer.takeAsync({ signal }, () => undefined);
          buffer.put(fill, 1);
        }),
        taker: leaving(taking(library, 1)),
      },
    ),
  );
}

// --- Death. With semaphores, whoever sleeps for the mutex has a permit: nothing is promised there.

add(
  'condition-buffer: closed while 1 puts 2 and 2 take, one dies while it sleeps',
  { options: dying },
  (library) =>
    over(
      library,
      { kind: 'condition-buffer' },
      {
        victim: taking(library),
        putter: putting(library, [1, 2], {}, 'close'),
        taker: taking(library),
      },
      whatever,
    ),
);

export const bufferPrograms: readonly ModelProgram[] = programs;
