/**
 * The shared memory of a program under check, and what the checker remembers of each place in it.
 *
 * A *location* is an exact byte range that somebody accessed. Two locations may overlap (an Int32 inside a Float64); each
 * knows the others that it overlaps, so accesses of unequal sizes are compared without keeping anything byte by byte.
 */

/** Rows of a location's clock table: for each thread, its clock at its last access of that sort. */
export const PLAIN_READ = 0;
export const PLAIN_WRITE = 1;
export const ATOMIC_READ = 2;
export const ATOMIC_WRITE = 3;
/** The clock that a reader of the last atomic write obtains: the release side of synchronizes-with. */
export const RELEASE = 4;
const ROWS = 5;

/** Kinds of conflict that partial-order reduction tells apart. */
export const CONFLICT_CLASSES = 5;

/** Somebody in `Atomics.wait`, or with an unsettled `Atomics.waitAsync`. */
export interface Waiter {
  readonly thread: number;
  readonly location: Location;
  /** The event-loop task that settles an asynchronous wait; -1 for a thread that sleeps. */
  readonly task: number;
}

/**
 * Numbers that a run changes, and that the next run may need as they were: `enter` comes before every change, and keeps what
 * stood there at the last checkpoint.
 */
abstract class Table {
  readonly cells: Int32Array;
  readonly #memory: Memory;
  #keptAt = -1;
  readonly #kept: number[] = [];

  constructor(memory: Memory, length: number) {
    this.#memory = memory;
    this.cells = new Int32Array(length);
  }

  enter(): Int32Array {
    const { checkpoint } = this.#memory;
    if (this.#keptAt !== checkpoint) {
      this.keep(this.#kept);
      this.#kept.push(this.#keptAt);
      this.#keptAt = checkpoint;
      this.#memory.changed.push(this);
    }
    return this.cells;
  }

  /** Puts back what was kept last. */
  undo(): void {
    this.#keptAt = this.#kept.pop()!;
    this.putBack(this.#kept);
  }

  protected keep(kept: number[]): void {
    for (let at = 0; at < this.cells.length; at++) kept.push(this.cells[at]);
  }

  protected putBack(kept: number[]): void {
    for (let at = this.cells.length - 1; at >= 0; at--) this.cells[at] = kept.pop()!;
  }
}

/**
 * The WaiterList of one address: FIFO, shared by every wait and notify on it, whatever the width of their view. Its cells are
 * the clock that whoever enters obtains.
 */
export class WaiterList extends Table {
  waiters: readonly Waiter[] = [];
  readonly #before: (readonly Waiter[])[] = [];

  protected override keep(kept: number[]): void {
    super.keep(kept);
    this.#before.push(this.waiters);
  }

  protected override putBack(kept: number[]): void {
    super.putBack(kept);
    this.waiters = this.#before.pop()!;
  }
}

/** The last event of each conflict class and thread on one aligned granule of memory, for partial-order reduction. */
export class Granule extends Table {}

/** Its cells are the clock table: `ROWS` rows. What is kept with them is the element itself. */
export class Location extends Table {
  readonly overlaps: Location[] = [];

  readonly id: number;
  readonly region: Region;
  readonly start: number;
  readonly bytes: number;
  readonly list: WaiterList;
  readonly granule: Granule;
  readonly #element: Uint8Array | Int32Array;

  constructor(id: number, region: Region, start: number, bytes: number, list: WaiterList, granule: Granule) {
    super(region.memory, ROWS * region.memory.threads);
    this.id = id;
    this.region = region;
    this.start = start;
    this.bytes = bytes;
    this.list = list;
    this.granule = granule;
    this.#element =
      bytes === 4 ? new Int32Array(region.buffer, start, 1) : new Uint8Array(region.buffer, start, bytes);
  }

  protected override keep(kept: number[]): void {
    super.keep(kept);
    for (let at = 0; at < this.#element.length; at++) kept.push(this.#element[at]);
  }

  protected override putBack(kept: number[]): void {
    for (let at = this.#element.length - 1; at >= 0; at--) this.#element[at] = kept.pop()!;
    super.putBack(kept);
  }

  get name(): string {
    return this.region.nameOf(this.start, this.bytes);
  }
}

/** One SharedArrayBuffer: its bytes at the start of every run, and its locations. */
export class Region {
  readonly #bytes: Uint8Array;
  readonly #initial: Uint8Array;
  readonly #locations: Location[] = [];
  readonly #lists = new Map<number, WaiterList>();
  readonly #granules = new Map<number, Granule>();
  readonly #names = new Map<number, string>();
  /** Recording views by kind and place, so that a re-run gets the same objects. */
  readonly views: Map<unknown, Map<number, unknown>> = new Map();

  readonly memory: Memory;
  readonly id: number;
  readonly buffer: SharedArrayBuffer;

  constructor(memory: Memory, id: number, buffer: SharedArrayBuffer) {
    this.memory = memory;
    this.id = id;
    this.buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    this.#initial = this.#bytes.slice();
  }

  /** Takes the present bytes as those that every run starts with. */
  capture(): void {
    this.#initial.set(this.#bytes);
  }

  restore(): void {
    this.#bytes.set(this.#initial);
  }

  location(start: number, bytes: number): Location {
    for (const known of this.#locations) if (known.start === start && known.bytes === bytes) return known;
    const { threads, atomicGranuleShift } = this.memory;
    let list = this.#lists.get(start);
    if (list === undefined) this.#lists.set(start, (list = new WaiterList(this.memory, threads)));
    const key = start >> atomicGranuleShift;
    let granule = this.#granules.get(key);
    if (granule === undefined)
      this.#granules.set(key, (granule = new Granule(this.memory, CONFLICT_CLASSES * threads)));
    const fresh = new Location(this.memory.nextLocation++, this, start, bytes, list, granule);
    for (const other of this.#locations) {
      if (other.start < start + bytes && start < other.start + other.bytes) {
        other.overlaps.push(fresh);
        fresh.overlaps.push(other);
      }
    }
    this.#locations.push(fresh);
    return fresh;
  }

  rename(start: number, name: string): void {
    this.#names.set(start, name);
  }

  nameOf(start: number, bytes: number): string {
    return this.#names.get(start) ?? `buffer${this.id}+${start}${bytes === 4 ? '' : `:${bytes}`}`;
  }
}

/** All shared memory of one program. */
export class Memory {
  readonly #regions = new Map<SharedArrayBuffer, Region>();
  #permanent = 0;
  #searching = false;
  nextLocation = 0;
  /** Tables in the order in which they were first changed after each checkpoint, and where each checkpoint stands in there. */
  readonly changed: Table[] = [];
  readonly #checkpoints: number[] = [];
  readonly #regionsThen: number[] = [];

  /**
   * @param threads width of every clock
   * @param atomicGranuleShift two atomic accesses conflict when their addresses agree above this many bits: 2 tells
   *   32-bit words apart, 3 is needed where a program has 64-bit atomics
   */
  readonly threads: number;
  readonly atomicGranuleShift: number;

  constructor(threads: number, atomicGranuleShift: number) {
    this.threads = threads;
    this.atomicGranuleShift = atomicGranuleShift;
  }

  region(buffer: SharedArrayBuffer): Region {
    let region = this.#regions.get(buffer);
    if (region === undefined) {
      region = new Region(this, this.#regions.size, buffer);
      this.#regions.set(buffer, region);
    }
    return region;
  }

  /** Ends set-up: what the buffers hold now is what every run starts with. */
  capture(): void {
    for (const region of this.#regions.values()) region.capture();
    this.#permanent = this.#regions.size;
    this.#searching = true;
  }

  /** How many checkpoints the run in progress has passed. */
  get checkpoint(): number {
    return this.#checkpoints.length;
  }

  /** From here on, what is changed can be put back to what it is now. */
  keep(): void {
    this.#checkpoints.push(this.changed.length);
    this.#regionsThen.push(this.#regions.size);
  }

  /** Puts everything back to a checkpoint, and forgets the later ones; `rewind(0)` is to the first. */
  rewind(checkpoint: number): void {
    const length = this.#checkpoints[checkpoint];
    while (this.changed.length > length) this.changed.pop()!.undo();
    this.#checkpoints.length = checkpoint + 1;
    this.#forget(this.#regionsThen[checkpoint]);
    this.#regionsThen.length = checkpoint + 1;
  }

  /** Starts a run from nothing: set-up's bytes are put back, and buffers that threads of the last run made are forgotten. */
  begin(): void {
    while (this.changed.length > 0) this.changed.pop()!.undo();
    this.#checkpoints.length = 0;
    this.#regionsThen.length = 0;
    if (!this.#searching) return;
    this.#forget(this.#permanent);
    for (const region of this.#regions.values()) region.restore();
  }

  #forget(from: number): void {
    if (this.#regions.size === from) return;
    let index = 0;
    for (const buffer of this.#regions.keys()) if (index++ >= from) this.#regions.delete(buffer);
  }
}
