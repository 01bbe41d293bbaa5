/**
 * The memory of a bounded buffer, the same for both kinds:
 *
 *   block 0        header: magic, capacity, columns' hash
 *   block 1        the mutex
 *   block 2        what the mutex guards: head, count, closed
 *   blocks 3, 4    two conditions, or two semaphores
 *   then           the columns, each at the beginning of a block
 */
import { ArgumentError, HandleError } from '../errors.js';
import { type ElementArrays, elementBytes, type ElementKind, elementKinds, views } from '../core/views.js';
import { BLOCK_BYTES } from './block.js';

/** What an item is made of: the kind of element in each column, by name. */
export type ItemColumns = Readonly<Record<string, ElementKind>>;

/** The columns of a buffer: plain typed arrays over shared memory, indexed by slot. */
export type ColumnArrays<C extends ItemColumns> = { readonly [N in keyof C]: ElementArrays[C[N]] };

/** The two kinds of buffer. */
export type BufferKind = 'condition-buffer' | 'semaphore-buffer';

/** What a buffer passes to other threads, by `workerData` or `postMessage`: plain and cloneable. */
export interface BufferHandle<K extends BufferKind, C extends ItemColumns> {
  readonly slipring: K;
  readonly buffer: SharedArrayBuffer;
  readonly capacity: number;
  readonly columns: C;
}

/** Options of a new buffer. */
export interface BufferOptions {
  /** How many items it holds at most: a whole number from 1 to 2^27. */
  readonly capacity: number;
}

const MOST_SLOTS = 2 ** 27;

/** The header. Writer: the maker, before anybody else has the buffer. Readers: whoever opens it. Nobody sleeps on these words. */
const header = { magic: 0, capacity: 1, columnsHash: 2 } as const;

const magic = { 'condition-buffer': 0x534c0111, 'semaphore-buffer': 0x534c0112 } as const;

/** Where the parts lie, in bytes. */
export const part = {
  mutex: BLOCK_BYTES,
  guarded: 2 * BLOCK_BYTES,
  /** Of those who take: the condition "not empty", or the semaphore of the filled slots. */
  takers: 3 * BLOCK_BYTES,
  /** Of those who put: the condition "not full", or the semaphore of the free slots. */
  putters: 4 * BLOCK_BYTES,
  columns: 5 * BLOCK_BYTES,
} as const;

/**
 * Makes the memory of a new buffer.
 * @throws ArgumentError `ERR_CAPACITY`, `ERR_COLUMNS`, `ERR_COLUMN_TYPE`.
 */
export function makeBufferMemory<K extends BufferKind, C extends ItemColumns>(
  kind: K,
  columns: C,
  capacity: number,
): BufferHandle<K, C> {
  checkShape(columns, capacity);
  const buffer = views.allocate(bytesOf(columns, capacity));
  const words = views.words(buffer, 0, 3);
  Atomics.store(words, header.magic, magic[kind]);
  Atomics.store(words, header.capacity, capacity);
  Atomics.store(words, header.columnsHash, hashOf(columns));
  return { slipring: kind, buffer, capacity, columns: { ...columns } };
}

/**
 * Checks that a handle is one of this kind, and that its memory is what it says.
 * @throws HandleError `ERR_HANDLE` otherwise.
 */
export function checkBufferHandle<K extends BufferKind>(kind: K, handle: BufferHandle<K, ItemColumns>): void {
  const { slipring, buffer, capacity, columns } = handle ?? {};
  if (slipring !== kind || !(buffer instanceof SharedArrayBuffer)) {
    throw new HandleError(
      'ERR_HANDLE',
      `This is no handle of a ${kind}: pass the one that its maker gave out.`,
    );
  }
  try {
    checkShape(columns, capacity);
  } catch (cause) {
    throw new HandleError(
      'ERR_HANDLE',
      `The capacity or the columns of this handle of a ${kind} are damaged.`,
      { cause },
    );
  }
  const bytes = bytesOf(columns, capacity);
  if (buffer.byteLength !== bytes) {
    throw new HandleError(
      'ERR_HANDLE',
      `A ${kind} of this capacity and these columns has ${bytes} bytes, not ${buffer.byteLength}.`,
    );
  }
  const words = views.words(buffer, 0, 3);
  if (
    Atomics.load(words, header.magic) !== magic[kind] ||
    Atomics.load(words, header.capacity) !== capacity ||
    Atomics.load(words, header.columnsHash) !== hashOf(columns)
  ) {
    throw new HandleError(
      'ERR_HANDLE',
      `This memory holds no ${kind} of this version, capacity and columns.`,
    );
  }
}

/** The columns, in the order of their names in `columns`. */
export function columnArrays<C extends ItemColumns>({
  buffer,
  capacity,
  columns,
}: BufferHandle<BufferKind, C>): ColumnArrays<C> {
  const arrays: Record<string, unknown> = {};
  let offset: number = part.columns;
  for (const [name, kind] of Object.entries(columns)) {
    arrays[name] = views.column(kind, buffer, offset, capacity);
    offset += columnBytes(kind, capacity);
  }
  return arrays as ColumnArrays<C>;
}

function checkShape(columns: ItemColumns, capacity: number): void {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MOST_SLOTS) {
    throw new ArgumentError(
      'ERR_CAPACITY',
      `A capacity is a whole number from 1 to ${MOST_SLOTS}, not ${String(capacity)}.`,
    );
  }
  if (typeof columns !== 'object' || columns === null || Object.keys(columns).length === 0) {
    throw new ArgumentError('ERR_COLUMNS', "An item has at least one column, such as { price: 'f64' }.");
  }
  for (const [name, kind] of Object.entries(columns)) {
    if (!elementKinds.includes(kind)) {
      throw new ArgumentError(
        'ERR_COLUMN_TYPE',
        `The column ${JSON.stringify(name)} has the type ${String(kind)}; use one of ${elementKinds.join(', ')}.`,
      );
    }
  }
}

function columnBytes(kind: ElementKind, capacity: number): number {
  return Math.ceil((elementBytes(kind) * capacity) / BLOCK_BYTES) * BLOCK_BYTES;
}

function bytesOf(columns: ItemColumns, capacity: number): number {
  return Object.values(columns).reduce((bytes, kind) => bytes + columnBytes(kind, capacity), part.columns);
}

/** FNV-1a, 32 bits, of the names and kinds in their order. */
function hashOf(columns: ItemColumns): number {
  let hash = 0x811c9dc5 | 0;
  for (const character of JSON.stringify(Object.entries(columns))) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  }
  return hash;
}
