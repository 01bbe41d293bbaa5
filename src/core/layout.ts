/**
 * The memory map: one pure function of the ring's shape, the same on every side. Nothing in it ever moves.
 *
 *     ┌────────────┬────────────┬────────┬────────┬───────┬────────┬───────────┬──────────────┬───────────┬──────────┐
 *     │ constants  │ slow words │ ending │ cursor │ texts │ prod.  │ consumer  │ stamps (sev- │ columns … │ arenas,  │
 *     │ 1 line     │ 1 line     │ 1 line │ 1 line │       │ seats  │ seats     │ eral prod.)  │           │ if any   │
 *     └────────────┴────────────┴────────┴────────┴───────┴────────┴───────────┴──────────────┴───────────┴──────────┘
 *
 * A line is 128 bytes: the 64 of a cache line and the neighbour that the prefetcher fetches with it. Every word that one
 * thread writes while another polls has a line of its own. The whole map, drawn: docs/memory-map.md.
 */

/** "SLIP" */
export const MAGIC = 0x50_49_4c_53;
/** Raised whenever the map or the meaning of a word changes. */
export const LAYOUT_VERSION = 1;

export const LINE_BYTES = 128;
const LINE_WORDS = LINE_BYTES / 4;

/** Constants of the ring: written once by its creator, before any other thread has the buffer. Indexes into the words. */
export const header = {
  magic: 0,
  version: 1,
  byteLength: 2,
  /** High half of the length in bytes: a ring may be larger than 4 GiB. */
  byteLengthHigh: 3,
  capacity: 4,
  producers: 5,
  consumers: 6,
  spareSeats: 7,
  workers: 8,
  nameBytes: 9,
  schemaBytes: 10,
  schemaHash: 11,
  /** Two random words: tells rings apart, since a buffer has another identity in every thread. */
  ringId: 12,
  ringId2: 13,
  /** 1 when whoever waits for a consumer that failed goes on waiting. */
  waitsForFailed: 14,
  /** What tells the ring's doorbell from others, or 0: a ring with one is opened together with it, by all. */
  doorbell: 15,
  /** 1: with no consumer left, producers drop the oldest events; 0: they wait for somebody to join. */
  discards: 16,
  /** Workers' seats that each spare seat of consumers has, for a group that joins. */
  spareWorkers: 17,
  /** 1: the death of a producer closes the ring. */
  closesWithProducer: 18,
  /** Bytes of each producer's arena; 0 without columns of any length. */
  arenaBytes: 24,
} as const;

/** Words that all threads share. */
export const shared = {
  /** Multiples of 2^28 positions that were published. Writer: the producer that crosses one, by CAS. Nobody sleeps here. */
  epoch: LINE_WORDS,
  /** A count of joins: whoever keeps a list of the consumers makes it anew when this has moved. Writer: joiners, by add. Nobody sleeps here. */
  membership: LINE_WORDS + 1,
  /** 0, then 1 once somebody aborts, then 2 once the reason stands in the texts. Writer: the first to abort, by CAS. */
  aborted: LINE_WORDS + 2,
  /** Where the platform does not number threads, a count of openings, by which seats call their owners. Writer: by add. */
  attachments: LINE_WORDS + 3,
  /**
   * What producers go by while there is no consumer: the position that the last one left at. Writers: whoever leaves; producers that drop
   * the oldest events; both by CAS. Sleepers: producers, until somebody joins.
   */
  nobody: LINE_WORDS + 4,
  /** A count of the seats that were recovered after a death; modulo 2^32. Writer: whoever recovered one, by add. Nobody sleeps here. */
  recoveries: LINE_WORDS + 5,
  /**
   * A count of producers and workers that died with a claim which others tried at once: those look whether the dead one won it. Writer: whoever
   * recovers, by add. Nobody sleeps here.
   */
  deaths: LINE_WORDS + 6,
  /** A parkable word that is only ever closed. Sleepers: whoever waits for the ring to close, so that the cursor's need not wake them. */
  ending: 2 * LINE_WORDS,
  /**
   * The producers' position; closers set its closed bit. With one producer it is the published position: the producer writes it,
   * consumers without `after` read it and sleep on it. With several it is the claimed position: they move it by CAS, nobody sleeps on
   * it, and what is published stands in the stamps.
   */
  cursor: 3 * LINE_WORDS,
} as const;

const TEXTS_WORD = 4 * LINE_WORDS;
/** Bytes for the reason of an abort: a length word, then UTF-8. */
export const REASON_BYTES = 256;

/**
 * A seat: one line for its position, the rest for what is touched on slow paths. Word offsets inside a seat.
 */
export const seat = {
  /**
   * Consumer: events it is done with. Writer: the seat's owner; an abort sets its closed bit. Readers: producers, consumers
   * after it. Sleepers: the same. Closed also for good by a consumer that leaves. Group: events that its workers have taken; writers: they, by CAS. Worker: what it has in hand, and
   * whether it has any. Producer, one of several: the position it intends to claim, and whether it does; writers: the owner, and whoever moves the epoch, which sets a bit. Nobody sleeps there.
   */
  position: 0,
  /** State, owner and generation in one word. Writer: whoever takes or leaves the seat, by CAS. Group: taken while it joins or leaves for good. */
  state: LINE_WORDS,
  /** Which word the owner sleeps on, and how; 0 while it is awake. For reports of who waits for whom. Writer: the owner, around its sleeps. Nobody sleeps here. */
  parkedOn: LINE_WORDS + 1,
  /** Producer: the position that it holds its claims to, a capacity ahead of it. Readers: joiners. Lossy worker: the end of what it won last. Writer: the owner. */
  gate: LINE_WORDS + 2,
  /** Producer, one of several: the length it intends to claim. Worker: the end of what it has in hand. Writer: the owner. */
  intent: LINE_WORDS + 3,
  /**
   * Consumer or worker: odd while it has failed; its details are in the words of the message then. Counts up. Writer: the seat's holder.
   * Readers: whoever is blocked by it, `snapshot`. Nobody sleeps here: they sleep on the position.
   */
  failure: LINE_WORDS + 4,
  /** Since when, in milliseconds modulo 2^31. Writer: the owner. */
  parkedSince: LINE_WORDS + 5,
  /** Producer: counts of its own events that it dropped, and of events that it took from lossy consumers; modulo 2^32. Writer: the owner. */
  dropped: LINE_WORDS + 6,
  evicted: LINE_WORDS + 7,
  /** Bytes of the seat's name; the name itself is the last in the seat. */
  nameLength: LINE_WORDS + 8,
  /** Group: the number of its first worker's seat, written at creation; how many workers it has, or 0, also by its joiner. */
  firstWorker: LINE_WORDS + 9,
  workers: LINE_WORDS + 10,
  /** 1 for a lossy consumer, a group of one. Written at creation: who evicts by what it knew long ago finds no other consumer there. */
  lossy: LINE_WORDS + 11,
  /** Consumer: 1 while it counts, whether somebody sits there or not; 2 while it only looks on. Writers: the creator, joiners and leavers. */
  member: LINE_WORDS + 12,
  /** The value of the word that the owner sleeps on, for as long as nothing comes. Writer: the owner. */
  parkedAt: LINE_WORDS + 13,
  /** Consumer or group: what becomes of the seat when its holder dies. Written at creation, or by its joiner. */
  whenDead: LINE_WORDS + 14,
  /** Bit i of word i >> 5: this consumer comes after consumer seat i. Written at creation, or by its joiner. */
  after: LINE_WORDS + 15,
} as const;

/**
 * In the seat of a producer of payloads, which has no workers: 1 once anybody has had it, and perhaps placed bytes in its arena. Writer: the owner. Nobody
 * sleeps here.
 */
export const ARENA_USED: number = seat.firstWorker;

/** Words for `after`: as many consumers as bits. */
const AFTER_WORDS = LINE_WORDS - 15;
/** Consumers, joiners included, that one ring can seat. */
export const MAX_CONSUMER_SEATS: number = AFTER_WORDS * 32;
/** Producers that one ring can seat. */
export const MAX_PRODUCERS = 256;
/** Workers that one group can have. */
export const MAX_WORKERS = 256;
/** Longest name of a consumer, in bytes of UTF-8. */
export const LONGEST_NAME = 64;
/** Bytes in each seat for what is known of a failure; they follow its second line. */
export const FAILURE_BYTES = 256;

/** One column's place in every slot: elements of `bytes` bytes, `length` of them in a row. */
export interface ColumnShape {
  readonly bytes: number;
  readonly length: number;
}

/** Everything that decides the map. */
export interface RingShape {
  readonly capacity: number;
  readonly producers: number;
  readonly consumers: number;
  readonly spareSeats: number;
  /** Workers of all groups together. */
  readonly workers: number;
  readonly nameBytes: number;
  readonly schemaBytes: number;
  readonly columns: readonly ColumnShape[];
  /** Bytes of each producer's arena, a multiple of a line; 0 unless given. */
  readonly arenaBytes?: number;
}

/** Where everything is. Words are indexes into the 32-bit words of the buffer, offsets are bytes from its start. */
export interface Layout {
  readonly byteLength: number;
  /** Words before the first column: what a view over the control words must cover. */
  readonly controlWords: number;
  readonly reasonOffset: number;
  readonly schemaOffset: number;
  readonly seatWords: number;
  readonly producerSeats: number;
  readonly consumerSeats: number;
  readonly seatCount: number;
  readonly workerSeats: number;
  readonly workerCount: number;
  /** The first word of what the first worker has won; there is such only with several workers. */
  readonly wins: number;
  /** Words of that for each worker. */
  readonly winsWords: number;
  /** The first slot's stamp; there are stamps only with several producers. */
  readonly stamps: number;
  readonly columnOffsets: readonly number[];
  /** Byte offset of the first producer's arena; the others follow. */
  readonly arenas: number;
}

/** A worker's seat: its announcement, what is touched on slow paths, and its failure. */
const WORKER_SEAT_WORDS = 2 * LINE_WORDS + FAILURE_BYTES / 4;

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** The map of a ring of this shape. */
export function planLayout(shape: RingShape): Layout {
  const reasonOffset = TEXTS_WORD * 4;
  const schemaOffset = reasonOffset + REASON_BYTES;
  const producerSeats = roundUp(schemaOffset + shape.schemaBytes, LINE_BYTES) / 4;
  const seatWords = roundUp(2 * LINE_BYTES + shape.nameBytes + FAILURE_BYTES, LINE_BYTES) / 4;
  const consumerSeats = producerSeats + shape.producers * seatWords;
  const seatCount = shape.consumers + shape.spareSeats;
  const workerSeats = consumerSeats + seatCount * seatWords;
  const wins = workerSeats + shape.workers * WORKER_SEAT_WORDS;
  const winsWords = shape.workers > 1 ? roundUp(shape.capacity, LINE_WORDS) : 0;
  const stamps = wins + shape.workers * winsWords;
  const controlWords = stamps + (shape.producers > 1 ? roundUp(shape.capacity, LINE_WORDS) : 0);
  let end = controlWords * 4;
  const columnOffsets = shape.columns.map(({ bytes, length }) => {
    const offset = end;
    end = roundUp(offset + bytes * length * shape.capacity, LINE_BYTES);
    return offset;
  });
  const { arenaBytes = 0 } = shape;
  return {
    byteLength: end + shape.producers * arenaBytes,
    controlWords,
    reasonOffset,
    schemaOffset,
    seatWords,
    producerSeats,
    consumerSeats,
    seatCount,
    workerSeats,
    workerCount: shape.workers,
    wins,
    winsWords,
    stamps,
    columnOffsets,
    arenas: end,
  };
}

/** The first word of producer seat `number`. */
export function producerSeat(layout: Layout, number: number): number {
  return layout.producerSeats + number * layout.seatWords;
}

/** The first word of consumer seat `number`. */
export function consumerSeat(layout: Layout, number: number): number {
  return layout.consumerSeats + number * layout.seatWords;
}

/** The first word of worker seat `number`; workers have no names. */
export function workerSeat(layout: Layout, number: number): number {
  return layout.workerSeats + number * WORKER_SEAT_WORDS;
}

/** The first word of what the worker in the seat at `at` has won. */
export function winsWord({ workerSeats, wins, winsWords }: Layout, at: number): number {
  return wins + ((at - workerSeats) / WORKER_SEAT_WORDS) * winsWords;
}

/** The first word of what is known of a seat's failure. */
export function failureWord(seatWord: number): number {
  return seatWord + 2 * LINE_WORDS;
}

/** Byte offset of a seat's name. */
export function nameOffset(seatWord: number): number {
  return failureWord(seatWord) * 4 + FAILURE_BYTES;
}
