/** Programs of several producers that are small enough to be searched to their end, or far. */
import type { Library } from '../library.js';
import { complete, listOfPrograms, type ModelProgram, upTo } from './entry.js';
import { abortMany, lossesAreNamed, manyProgram, type PlannedClaim, sawSomeAndAborted } from './many.js';
import { closed, flow, type Flow, planOf, threadsOf } from './producers.js';

const { programs, add } = listOfPrograms();

const single: PlannedClaim = { events: 1 };
const pair: PlannedClaim = { events: 2 };
const given: PlannedClaim = { events: 1, abandoned: true };

const borders = [
  ['-1', 2 ** 30],
  ['the sign change', 2 ** 29],
  ['an epoch', 2 ** 28],
  ['a renewal', 2 ** 26],
] as const;

for (const [what, border] of borders) {
  add(
    `many, small: 2 producers, an event each, from one below ${what}`,
    border > 2 ** 28 ? { near: upTo(2) } : { bounded: complete },
    (library) => flow(library, { capacity: 1, claims: [[single], [single]], start: border - 1 }),
  );
}
// In the lap that renews, and in that before it: interior stamps are written by the first only.
for (const [what, start] of [
  ['across', 2 ** 26 - 1],
  ['inside', 2 ** 26],
  ['at the end of', 2 ** 26 + 1],
] as const) {
  add(
    `many, small: a claim of 2 and an event ${what} a lap that renews`,
    what === 'across' ? { bounded: complete } : { near: upTo(2) },
    (library) => flow(library, { capacity: 2, claims: [[pair], [single]], start, max: 1 }),
  );
}
add(
  'many, small: on event loops, 1 producer, 2 events',
  { kind: 'asynchronous', bounded: complete },
  (library) => flow(library, { capacity: 1, claims: [[single, single]], form: 'async' }),
);
add('many, small: 2 producers, 2 consumers, an event each', { near: upTo(1) }, (library) =>
  flow(library, { capacity: 2, graph: [[], []], claims: [[single], [single]] }),
);

// --- Ends.

add('many, small: closed while 2 producers publish an event each', { near: upTo(1) }, (library) =>
  closed(library, { capacity: 2, claims: [[single], [single]] }),
);
add('many, small: closed while one publishes', { bounded: complete }, (library) =>
  closed(library, { capacity: 1, claims: [[single]] }),
);
add('many, small: closed while one gives up', { bounded: complete }, (library) =>
  closed(library, { capacity: 1, claims: [[given]] }),
);
add('many, small: aborted while one publishes 2 events', { near: upTo(2) }, (library) => {
  const its: Flow = { capacity: 1, claims: [[single, single]] };
  const threads = { ...threadsOf(library, its, 'end'), aborter: abortMany(library) };
  return manyProgram(library, planOf(its), threads, sawSomeAndAborted);
});

// --- Deaths (B-29): what the dead one had claimed can be told.

function oneDies(library: Library, its: Flow, consumed: boolean): ReturnType<typeof manyProgram> {
  const { consumer0, ...producing } = threadsOf(library, its, 'all');
  const threads = consumed ? { consumer0, ...producing } : producing;
  return manyProgram(library, planOf(its), threads, lossesAreNamed(library));
}

for (const [what, its] of [
  ['an event each', { capacity: 2, claims: [[single], [single]] }],
  ['an event each, capacity 1', { capacity: 1, claims: [[single], [single]] }],
  ['a claim of 2 beside an event', { capacity: 4, claims: [[pair], [single]] }],
  ['an event beside one that is given up', { capacity: 2, claims: [[single], [given]] }],
] as const satisfies readonly (readonly [string, Flow])[]) {
  for (const consumed of [false, true]) {
    add(
      `many, small: one of 2 producers dies, ${what}${consumed ? ', before a consumer' : ''}`,
      {
        ...(consumed && its.capacity === 1 ? { near: upTo(2) } : { bounded: complete }),
        options: {
          kill: ['producer0'],
          daemons: ['producer0', 'producer1', ...(consumed ? ['consumer0'] : [])],
        },
      },
      (library) => oneDies(library, its, consumed),
    );
  }
}

export const smallProducerPrograms: readonly ModelProgram[] = programs;
