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
export const CONFLICT_CLASSES = 4;

/** Somebody in `Atomics.wait`, or with an unsettled `Atomics.waitAsync`. */
export interface Waiter {
  readonly thread: number;
  readonly location: Location;
  /** The event-loop task that settles an asynchronous wait; -1 for a thread that sleeps. */
  readonly task: number;
}

/** The WaiterList of one address: FIFO, entered by every wait and notify on it, whatever the width of their view. */
export class WaiterList {
  #run = 0;
  readonly waiters: Waiter[] = [];
  readonly clock: Int32Array;

  constructor(threads: number) {
    this.clock = new Int32Array(threads);
  }

  /** Empties the list when a new run touches it first. */
  enter(run: number): this {
    if (this.#run !== run) {
      this.#run = run;
      this.waiters.length = 0;
      this.clock.fill(0);
    }
    return this;
  }
}

/** The last event of each conflict class and thread on one aligned granule of memory, for partial-order reduction. */
export class Granule {
  #run = 0;
  readonly last: Int32Array;

  constructor(threads: number) {
    this.last = new Int32Array(CONFLICT_CLASSES * threads);
  }

  enter(run: number): Int32Array {
    if (this.#run !== run) {
      this.#run = run;
      this.last.fill(0);
    }
    return this.last;
  }
}

export class Location {
  #run = 0;
  readonly overlaps: Location[] = [];
  readonly clocks: Int32Array;

  readonly id: number;
  readonly region: Region;
  readonly start: number;
  readonly bytes: number;
  readonly list: WaiterList;
  readonly granule: Granule;
  readonly threads: number;

  constructor(
    id: number,
    region: Region,
    start: number,
    bytes: number,
    list: WaiterList,
    granule: Granule,
    threads: number,
  ) {
    this.id = id;
    this.region = region;
    this.start = start;
    this.bytes = bytes;
    this.list = list;
    this.granule = granule;
    this.threads = threads;
    this.clocks = new Int32Array(ROWS * threads);
  }

  /** The clock table, cleared when a new run touches the location first. */
  enter(run: number): Int32Array {
    if (this.#run !== run) {
      this.#run = run;
      this.clocks.fill(0);
    }
    return this.clocks;
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
    if (list === undefined) this.#lists.set(start, (list = new WaiterList(threads)));
    const key = start >> atomicGranuleShift;
    let granule = this.#granules.get(key);
    if (granule === undefined) this.#granules.set(key, (granule = new Granule(threads)));
    const fresh = new Location(this.memory.nextLocation++, this, start, bytes, list, granule, threads);
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
  /** Number of the run in progress; tables that carry an older number are stale. */
  run = 0;

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

  /** Starts a run: set-up's bytes are put back, and buffers that threads of the last run made are forgotten. */
  begin(): void {
    this.run++;
    if (!this.#searching) return;
    let index = 0;
    for (const [buffer, region] of this.#regions) {
      if (index++ < this.#permanent) region.restore();
      else this.#regions.delete(buffer);
    }
  }
}
