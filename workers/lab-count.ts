/** The lab's counting thread: adds one to a word of its own, again and again. */
import { workerData } from 'node:worker_threads';
import { type LabData, onRound } from './lab-rounds.js';

export interface LabCountData extends LabData {
  words: SharedArrayBuffer;
  /** Index of this thread's word, which nobody else touches. */
  index: number;
}

const { words: buffer, index } = workerData as LabCountData;
const words = new Int32Array(buffer);
let before = 0;

onRound((count) => {
  for (let i = 0; i < count; i++) Atomics.add(words, index, 1);
  const grown = (words[index] - before) | 0;
  before = words[index];
  if (grown !== count) throw new Error(`${count} additions made ${grown}`);
});
