/**
 * The doorbell: one word beside any number of rings, so that one thread can sleep until any of them has something for it.
 *
 *      31                                              2   1   0
 *     ┌───────────────────────────────────────────────┬───┬───┐
 *     │ how often it rang, modulo 2^30                │ 0 │ 0 │
 *     └───────────────────────────────────────────────┴───┴───┘
 *
 * `Atomics.wait` sleeps on one word. Whoever serves many rings sets the parked bit on each ring's word as any sleeper does, and sleeps on the
 * doorbell instead; whoever clears a parked bit and notifies, which is a slow path, rings too. So a publish that wakes nobody
 * costs what it cost, and a ring that fell silent before the sleep has changed the value that the sleep compares. Its form is
 * that of a sequence word without flags. Protocol: docs/sequence-word.md.
 */
import { LINE_BYTES } from './layout.js';
import { views } from './views.js';

/** In the doorbell's words: the count. Writer: whoever rings, by add. Sleepers: whoever serves its rings. */
export const BELL = 0;
/** Tells doorbells apart, since a buffer has another identity in every thread. Written once by its maker. */
const BELL_ID = LINE_BYTES / 4;
/** Bytes of a doorbell's buffer: a line that is rung, and a line that is not. */
export const BELL_BYTES: number = 2 * LINE_BYTES;
const STEP = 4;

/** The doorbell of the ring that these are the words of, in this thread. Looked up on slow paths only. */
const doorbells = new WeakMap<Int32Array, Int32Array>();

/** Makes a doorbell. */
export function makeBell(): SharedArrayBuffer {
  const buffer = views.allocate(BELL_BYTES);
  // Not 0, which in a ring's header stands for none.
  Atomics.store(bellWords(buffer), BELL_ID, Math.ceil(Math.random() * (2 ** 31 - 1)) || 1);
  return buffer;
}

/** The words of a doorbell. */
export function bellWords(buffer: SharedArrayBuffer): Int32Array {
  return views.words(buffer, 0, BELL_BYTES / 4);
}

/** What tells this doorbell from others; never 0. */
export function bellId(bell: Int32Array): number {
  return Atomics.load(bell, BELL_ID);
}

/** From now on, whoever is woken through these words of a ring is told by this doorbell too. */
export function hangBell(words: Int32Array, bell: Int32Array): void {
  doorbells.set(words, bell);
}

/** The doorbell of these words, if any. */
export function bellOf(words: Int32Array): Int32Array | undefined {
  return doorbells.get(words);
}

/** Rings the doorbell of a ring, if it has one, after a fact that a server may be waiting for was stored. */
export function ringBell(words: Int32Array): void {
  const bell = doorbells.get(words);
  if (bell === undefined) return;
  // The count first: a server that is about to sleep finds it changed.
  Atomics.add(bell, BELL, STEP);
  Atomics.notify(bell, BELL);
}

/**
 * Wakes everybody who relies on the parked bit of a word that was just cleared, or may have been: those who sleep on the word, and those
 * who sleep on the doorbell. All of them, never one: a notify of one is lost when its receiver is being terminated.
 */
export function notifyAll(words: Int32Array, index: number): void {
  Atomics.notify(words, index);
  ringBell(words);
}
