/** The end of a pipeline, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const finishing = 'pipeline/finishing.js';
const settling = 'pipeline/settling.js';

const lastCloses = 'pipeline: the last of 2 threads closes their output';
const dies = 'pipeline: one of 2 threads dies at its end';
const cycle = 'pipeline: a number goes round 3 times in a cycle, which then ends';

export const pipelineMutants: readonly Mutant[] = [
  mutant(
    'a thread looks at the others before it says that it has finished',
    lastCloses,
    ['deadlock'],
    finishing,
    'Atomics.store(words, thread * LINE_WORDS, 1); // releases: what this thread published\n    closeIfFinished(words, close);',
    'const others = Array.from(words.keys()).filter((at) => at % LINE_WORDS === 0 && at !== thread * LINE_WORDS);\n    const lastOne = others.every((at) => Atomics.load(words, at) === 1);\n    Atomics.store(words, thread * LINE_WORDS, 1);\n    if (lastOne)\n        close();',
  ),
  mutant(
    'the first thread that finishes closes',
    lastCloses,
    ['assertion'],
    finishing,
    'closeIfFinished(words, close);\n}\n',
    'close();\n}\n',
  ),
  mutant(
    'a thread that finishes leaves the close to others',
    lastCloses,
    ['deadlock'],
    finishing,
    'closeIfFinished(words, close);\n}\n',
    '}\n',
  ),
  mutant(
    'nobody closes for one who died before it closed',
    dies,
    ['deadlock'],
    finishing,
    '        return false;\n    closeIfFinished(words, close);',
    '        return false;',
  ),
  mutant(
    'whoever died is taken for one who had finished',
    dies,
    ['deadlock'],
    finishing,
    'if (Atomics.load(words, thread * LINE_WORDS) === 0)\n        return false;',
    '',
  ),
  mutant(
    'a cycle is looked at once',
    cycle,
    ['assertion'],
    settling,
    'const after = look(rings);',
    'const after = before;',
  ),
  mutant(
    'a cycle is looked at twice, and the looks are not compared',
    cycle,
    ['assertion'],
    settling,
    'after.every((position, i) => position === before[i])',
    'true',
  ),
  mutant(
    'a cycle ends before what leads into it',
    'pipeline: a cycle into which something comes from outside ends after that',
    ['assertion'],
    settling,
    'if (outside && !closed)\n            return undefined;',
    '',
  ),
  mutant(
    'a cycle ends although somebody is behind',
    'pipeline: a number goes round 1 times in a cycle, which then ends',
    ['assertion', 'livelock'],
    settling,
    'lag > 0 && readers.includes(name)',
    'lag > 1 && readers.includes(name)',
  ),
];
