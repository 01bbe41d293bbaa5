/** What the experiments of the lab say of figures: of those that were expected, and of their opposite. */
import { describe, expect, it } from 'vitest';
import { readable, type Result } from '../../bench/harness.js';
import { experiments } from '../../bench/lab/index.js';

type Figures = Readonly<Record<string, number>>;

/** Results from figures by "part system at"; nanoseconds where less is better. */
const made = (name: string, unit: 'ns' | 'events/s', figures: Figures): Result[] =>
  Object.entries(figures).map(([key, median]) => {
    const [part, system, at] = key.split(' ');
    const experiment = part === '-' ? name : `${name}/${part}`;
    const kind = part === 'round-trip' ? 'ns' : part === 'ring' ? 'events/s' : unit;
    const result = { experiment, system, unit: kind, median, min: median * 0.99, max: median * 1.01 };
    return { ...result, runs: 5, verified: true, ...(at === undefined ? {} : { at: Number(at) }) };
  });

interface Told {
  name: string;
  unit: 'ns' | 'events/s';
  expected: Figures;
  opposite: Figures;
  /** What the opposite must not be told with, though what was expected is. */
  only: RegExp;
}

const M = 1e6;

const cases: readonly Told[] = [
  {
    name: 'false-sharing',
    unit: 'ns',
    expected: {
      '- one-thread': 8,
      '- two-threads 4': 20,
      '- two-threads 64': 8,
      '- two-threads 128': 8,
      'ring adaptive-gap 4': 50 * M,
      'ring adaptive-gap 128': 75 * M,
      'ring no-gap-no-cache 4': 10 * M,
      'ring no-gap-no-cache 128': 20 * M,
    },
    opposite: {
      '- one-thread': 8,
      '- two-threads 4': 8,
      '- two-threads 64': 8,
      '- two-threads 128': 8,
      'ring adaptive-gap 4': 75 * M,
      'ring adaptive-gap 128': 60 * M,
      'ring no-gap-no-cache 4': 14 * M,
      'ring no-gap-no-cache 128': 14 * M,
    },
    only: /must pass the sheet|So the ring gives each/,
  },
  {
    name: 'sequential-access',
    unit: 'ns',
    expected: {
      '- slots 16': 2,
      '- list-in-order 16': 2,
      '- list-scattered 16': 2,
      '- slots 65536': 2,
      '- list-in-order 65536': 3,
      '- list-scattered 65536': 170,
    },
    opposite: {
      '- slots 16': 2,
      '- list-in-order 16': 2,
      '- list-scattered 16': 2,
      '- slots 65536': 2,
      '- list-in-order 65536': 2,
      '- list-scattered 65536': 2,
    },
    only: /slowly when each page/,
  },
  {
    name: 'hot-cursor',
    unit: 'events/s',
    expected: {
      '- tight': 20 * M,
      '- adaptive': 70 * M,
      'round-trip tight': 220,
      'round-trip adaptive': 230,
      'round-trip gap-10000': 7_900,
    },
    opposite: {
      '- tight': 70 * M,
      '- adaptive': 20 * M,
      'round-trip tight': 220,
      'round-trip adaptive': 900,
      'round-trip gap-10000': 7_900,
    },
    only: /faster for/,
  },
  {
    name: 'waiter-bit',
    unit: 'events/s',
    expected: {
      '- never': 75 * M,
      '- waiter-bit': 75 * M,
      '- flag-after-store': 50 * M,
      '- notify-always': 25 * M,
    },
    opposite: {
      '- never': 97 * M,
      '- waiter-bit': 25 * M,
      '- flag-after-store': 50 * M,
      '- notify-always': 75 * M,
    },
    only: /costs nothing|need not keep asking/,
  },
  {
    name: 'batching',
    unit: 'events/s',
    expected: {
      '- slipring 1': 50 * M,
      '- slipring 10': 70 * M,
      '- slipring 100': 200 * M,
      '- slipring 1000': 205 * M,
      '- slipring 10000': 200 * M,
    },
    opposite: {
      '- slipring 1': 50 * M,
      '- slipring 10': 50 * M,
      '- slipring 100': 50 * M,
      '- slipring 1000': 50 * M,
      '- slipring 10000': 60 * M,
    },
    only: /little more to be had/,
  },
  {
    name: 'cached-gating',
    unit: 'events/s',
    expected: { '- cached': 75 * M, '- every-claim': 50 * M },
    opposite: { '- cached': 50 * M, '- every-claim': 75 * M },
    only: /look up each time\.$/,
  },
  {
    name: 'columns-or-rows',
    unit: 'events/s',
    expected: {
      '- columns 1': 70 * M,
      '- rows 1': 70 * M,
      '- columns 100': 400 * M,
      '- rows 100': 200 * M,
      'one-field columns 100': 400 * M,
      'one-field rows 100': 200 * M,
    },
    opposite: {
      '- columns 1': 70 * M,
      '- rows 1': 70 * M,
      '- columns 100': 200 * M,
      '- rows 100': 400 * M,
      'one-field columns 100': 200 * M,
      'one-field rows 100': 400 * M,
    },
    only: /it helps when the numbers/,
  },
  {
    name: 'capacity',
    unit: 'events/s',
    expected: { '- slipring 2': 2e4, '- slipring 65536': 50 * M, '- slipring 4194304': 30 * M },
    opposite: { '- slipring 2': 50 * M, '- slipring 65536': 50 * M, '- slipring 4194304': 70 * M },
    only: /have a bad moment|buys nothing/,
  },
];

describe.each(cases)('of figures, $name', ({ name, unit, expected, opposite, only }) => {
  const experiment = experiments.find((one) => one.name === name)!;
  const asExpected = experiment.tell(made(name, unit, expected));
  const turned = experiment.tell(made(name, unit, opposite));

  it('says what was expected only where they say so', () => {
    expect(asExpected.means).toMatch(only);
    expect(turned.means).not.toMatch(only);
  });

  it('says how large they are', () => {
    const some = Object.entries(opposite)
      .filter(([key]) => key.startsWith('- '))
      .map(([, median]) => readable(median, unit));
    expect(some.some((figure) => turned.seen.includes(figure))).toBe(true);
    expect(`${turned.seen} ${turned.means}`).not.toMatch(/undefined|NaN|Infinity/);
  });
});
