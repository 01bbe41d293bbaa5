/** The slots of a ring against a linked list, over the same memory. */
import { readFileSync } from 'node:fs';
import { node, NODE_WORDS } from '../../workers/lab-node.js';
import type { Result } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure, find, honest } from './findings.js';
import { measureInTurn, type Variant } from './turns.js';

const name = 'sequential-access';
const KIB = 1024;
const MIB = 1024 * KIB;

export const sequentialAccess: Experiment = {
  name,
  title: 'Sequential access: slots in a row against a list through the same memory',
  drawing: `
slots            [0]▸[1]▸[2]▸[3]▸[4]▸[5]▸ …        the next address is known: the processor fetches ahead
list-in-order    [0]▸[1]▸[2]▸[3]▸[4]▸[5]▸ …        the next address is read from the node, and happens to be the next
list-scattered   [0]▸[4]▸[1]▸[5]▸[2]▸[3]▸ …        read from the node, anywhere: nothing can be fetched before it is read
                 every node is a line of 64 bytes; all three ways visit all of them, and add up what they hold`,
  expected:
    'No great difference while everything is in the nearest cache. Each cache that is outgrown should make the scattered list several times slower, to a hundred nanoseconds a node in far memory, ' +
    'and the slots hardly; the list in order shows that it is the scatter, not the pointer.',
  varied: 'KiB',
  run,
  tell,
};

async function run(effort: Effort): Promise<Result[]> {
  return measureInTurn(sizesFor(effort.quick).flatMap(waysThrough), effort);
}

function tell(results: readonly Result[]): Told {
  const sizes = [...new Set(results.map(({ at }) => at!))];
  const [least, most] = [sizes[0], sizes.at(-1)!].map((at) => ({
    slots: find(results, 'slots', { at }),
    list: find(results, 'list-scattered', { at }),
    ordered: find(results, 'list-in-order', { at }),
  }));
  const scatter = better(most.slots, most.list);
  return {
    seen:
      `Over ${sizes[0]} KiB a slot takes ${figure(least.slots)} and a scattered node ${figure(least.list)}; over ${sizes.at(-1)! / 1024} MiB ${figure(most.slots)} and ${figure(most.list)}: ` +
      `there walking the slots is ${comparedWith(most.slots, most.list)} the scattered list, and the list in order takes ${figure(most.ordered)}.` +
      honest(scatter, 'So this run does not show what the scatter costs.'),
    means:
      (scatter
        ? 'Memory is read like a book: fast from page to page, slowly when each page only says which one to turn to next. '
        : 'Here memory is as fast to read in any order, or everything fitted into the nearest cache. ') +
      'A ring lays its events out in the order in which they are read; objects that are made and linked one by one end up scattered.',
  };
}

/** From well inside the first cache to beyond the last. */
function sizesFor(quick: boolean): number[] {
  const beyond = Math.min(256 * MIB, Math.max(64 * MIB, 2 ** Math.ceil(Math.log2(lastCacheBytes() * 2))));
  return quick ? [16 * KIB, MIB, 64 * MIB] : [16 * KIB, 128 * KIB, MIB, 8 * MIB, beyond];
}

/** The size of the last cache where Linux tells it, or 0. */
function lastCacheBytes(): number {
  try {
    const text = readFileSync('/sys/devices/system/cpu/cpu0/cache/index3/size', 'utf8');
    return (parseInt(text, 10) || 0) * KIB;
  } catch {
    return 0;
  }
}

/** The three ways through one memory. */
function waysThrough(bytes: number): Variant[] {
  const memory = linked(bytes);
  return (['slots', 'list-in-order', 'list-scattered'] as const).map((role) => ({
    experiment: name,
    system: role,
    at: bytes / KIB,
    unit: 'ns',
    file: 'lab-walk',
    threads: () => [{ role, memory }],
  }));
}

/** Nodes that are slots in a row, a list in order, and a list in random order which comes back to its start. */
function linked(bytes: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(bytes);
  const words = new Int32Array(memory);
  const nodes = words.length / NODE_WORDS;
  const order = shuffled(nodes);
  for (let i = 0; i < nodes; i++) {
    const here = i * NODE_WORDS;
    words[here + node.orderedNext] = ((i + 1) % nodes) * NODE_WORDS;
    words[here + node.orderedNumber] = i;
    const scattered = order[i] * NODE_WORDS;
    words[scattered + node.scatteredNext] = order[(i + 1) % nodes] * NODE_WORDS;
    words[scattered + node.scatteredNumber] = i;
  }
  return memory;
}

/** 0 first, then 1 … length - 1 in an order that is the same every time (xorshift, Fisher and Yates). */
function shuffled(length: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  let state = 0x9e3779b9;
  for (let i = length - 1; i > 1; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = 1 + ((state >>> 0) % i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
