/** Words that different threads write, near to each other and apart. */
import type { Result } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure, find, honest } from './findings.js';
import { handRing } from './rings.js';
import { measureInTurn, type Variant } from './turns.js';

const name = 'false-sharing';
const ring = `${name}/ring`;
/** Bytes from one word to the next: neighbours, the next line, and the line after that. */
const DISTANCES = [4, 64, 128];

export const falseSharing: Experiment = {
  name,
  title: 'False sharing: two words, one line, two writers',
  drawing: `
  4 bytes apart  │[A][B]                 │                       │     one line, which the two cores take from each other
 64 bytes apart  │[A]                    │[B]                    │     a line each, side by side
128 bytes apart  │[A]                    │        (empty)        │[B]  and one between, for processors that fetch lines in pairs
                  ◀─────── 64 bytes ────▶`,
  expected:
    'Two threads that each count in a word of their own should hinder each other several times over when the words share a line, and not at all when they do not. ' +
    "In the ring it is the cursor and the consumer's position; there the adaptive gap and the cached gate have already made meetings rare, so much less.",
  varied: 'bytes apart',
  run,
  tell,
};

async function run(effort: Effort): Promise<Result[]> {
  return measureInTurn(
    [
      counters('one-thread'),
      ...DISTANCES.map((bytes) => counters('two-threads', bytes)),
      ...DISTANCES.flatMap((at) => {
        const position = 32 + at / 4;
        return [
          handRing({ experiment: ring, system: 'adaptive-gap', at }, { position }),
          handRing(
            { experiment: ring, system: 'no-gap-no-cache', at },
            { position, gap: 'none', gating: 'every-claim' },
          ),
        ];
      }),
    ],
    effort,
  );
}

function tell(results: readonly Result[]): Told {
  const counting = (at: number) => find(results, 'two-threads', { at });
  const carrying = (system: string, at: number) => find(results, system, { at, experiment: ring });
  const [near, next, far] = DISTANCES.map(counting);
  const alone = find(results, 'one-thread');
  const inRing = (system: string) => comparedWith(carrying(system, 128), carrying(system, 4));
  const harm = better(far, near);
  const ringGains = better(carrying('adaptive-gap', 128), carrying('adaptive-gap', 4));
  return {
    seen:
      `Two threads that add to words of their own take ${figure(near)} an addition in one line, ${figure(next)} at 64 bytes and ${figure(far)} at 128, one alone ${figure(alone)}: ` +
      `apart is ${comparedWith(far, near)} together. In the ring, words 128 bytes apart are ${inRing('adaptive-gap')} words in one line, ` +
      `and without gap and cache ${inRing('no-gap-no-cache')} them.` +
      honest(harm, 'So this run does not show that sharing a line does harm.') +
      (better(far, next) ? ' Here 128 bytes are better than 64.' : ''),
    means:
      (harm
        ? 'Cores own memory by the line, 64 bytes at a time. Two people who write into two squares of the same sheet must pass the sheet to and fro, though ' +
          'neither ever reads what the other wrote; a sheet each, and they do not even notice one another.'
        : 'Cores own memory by the line, 64 bytes at a time, and two that write to one must pass it to and fro. Here that cost nothing to be seen, as when both threads run on one core.') +
      (ringGains
        ? ' So the ring gives each of its words a line of its own.'
        : " In the ring the distance gains nothing here: its two sides meet so seldom, or look at each other's word so often anyway, that a shared line is the least of it. It keeps them apart " +
          'for the words that are written at the same time, as those of several consumers.'),
  };
}

/** Two threads with a word each so many bytes apart; one thread if there is no distance. */
function counters(system: string, at?: number): Variant {
  return {
    experiment: name,
    system,
    ...(at === undefined ? {} : { at }),
    unit: 'ns',
    file: 'lab-count',
    threads: () => {
      const words = new SharedArrayBuffer(1024);
      const first = { role: 'counter', words, index: 64 };
      return at === undefined ? [first] : [first, { ...first, index: 64 + at / 4 }];
    },
  };
}
