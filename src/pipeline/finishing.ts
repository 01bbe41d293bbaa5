/**
 * Handing the end over from a stage to its output. Each thread of a stage has a word: 0, and 1 once it has published its last. Its one writer
 * is that thread, or whoever has its place after it died. Nobody sleeps on it.
 *
 * Whoever finishes stores its own word first and then looks at all: the last of them, at least, finds all finished, and closes.
 * Closing twice does no harm; so whoever hears of a death looks too, in case the dead had stored its word, and not closed.
 */
import { views } from '../core/views.js';

const LINE_WORDS = 16;

/** Memory for the words of so many threads, each in a line of its own. */
export function makeFinishing(threads: number): SharedArrayBuffer {
  return views.allocate(4 * LINE_WORDS * threads);
}

export function finishingWords(buffer: SharedArrayBuffer): Int32Array<SharedArrayBuffer> {
  return views.words(buffer, 0, buffer.byteLength / 4);
}

/** A thread has published its last: closes its stage's output when all have. */
export function finish(words: Int32Array, thread: number, close: () => void): void {
  Atomics.store(words, thread * LINE_WORDS, 1); // releases: what this thread published
  closeIfFinished(words, close);
}

/**
 * A thread has died: whether it had finished. It may have died before it closed, which is done for it then; one that had not finished leaves its
 * place to a successor.
 */
export function hadFinished(words: Int32Array, thread: number, close: () => void): boolean {
  if (Atomics.load(words, thread * LINE_WORDS) === 0) return false;
  closeIfFinished(words, close);
  return true;
}

/** Closes when every thread of the stage has finished. */
function closeIfFinished(words: Int32Array, close: () => void): void {
  for (let at = 0; at < words.length; at += LINE_WORDS) if (Atomics.load(words, at) === 0) return;
  close();
}
