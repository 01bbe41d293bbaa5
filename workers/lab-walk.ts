/** The lab's walker: visits nodes of one line each, as a ring's slots or as a list's, and adds up what they hold. */
import { workerData } from 'node:worker_threads';
import { node, NODE_WORDS } from './lab-node.js';
import { type LabData, onRound } from './lab-rounds.js';

export interface LabWalkData extends LabData {
  role: 'slots' | 'list-in-order' | 'list-scattered';
  memory: SharedArrayBuffer;
}

const { role, memory } = workerData as LabWalkData;

/** Visits `count` nodes from word `at` on; returns the sum of their numbers, modulo 2^32, and where it came to. */
function overSlots(words: Int32Array, at: number, count: number): readonly [sum: number, at: number] {
  const mask = words.length - 1;
  let sum = 0;
  let slot = at;
  for (let i = 0; i < count; i++) {
    sum = (sum + words[slot + node.orderedNumber]) | 0;
    slot = (slot + NODE_WORDS) & mask;
  }
  return [sum, slot];
}

function alongList(
  words: Int32Array,
  at: number,
  count: number,
  next: number,
  number: number,
): readonly [sum: number, at: number] {
  let sum = 0;
  let here = at;
  for (let i = 0; i < count; i++) {
    sum = (sum + words[here + number]) | 0;
    here = words[here + next];
  }
  return [sum, here];
}

/** The sum of `n % nodes` for n from `from` on, modulo 2^32. */
function sumOfNumbers(from: number, count: number, nodes: number): number {
  const below = (end: number): number => {
    const rest = end % nodes;
    return Math.floor(end / nodes) * ((nodes * (nodes - 1)) / 2) + (rest * (rest - 1)) / 2;
  };
  return (below(from + count) - below(from)) | 0;
}

const words = new Int32Array(memory);
const nodes = words.length / NODE_WORDS;
let at = 0;
let visited = 0;
onRound((count) => {
  const [sum, to] =
    role === 'slots'
      ? overSlots(words, at, count)
      : role === 'list-in-order'
        ? alongList(words, at, count, node.orderedNext, node.orderedNumber)
        : alongList(words, at, count, node.scatteredNext, node.scatteredNumber);
  const right = sumOfNumbers(visited, count, nodes);
  if (sum !== right)
    throw new Error(`${role}: ${count} nodes from ${visited} add up to ${sum}, not ${right}`);
  at = to;
  visited = (visited + count) % nodes;
});
