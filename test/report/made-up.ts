/** Records that nobody measured: figures of about the right size, for the tests of the report. Never a source of what is said anywhere. */
import { resultOf, type Result } from '../../bench/harness.js';
import type { RunRecord, Story } from '../../bench/record.js';
import { scenarios } from '../../bench/report/scenarios.js';

const machine: RunRecord['machine'] = {
  node: 'v20.20.2',
  platform: 'linux x64',
  cores: 2,
  processor: 'MADE UP for a test <& "quoted">',
  flags: ['--expose-gc'],
};

/** Three rounds around a figure. */
function around(experiment: string, system: string, unit: string, figure: number): Result {
  return resultOf(experiment, system, unit, [figure * 0.86, figure, figure * 1.09]);
}

const latencies = (median: number): Readonly<Record<string, number>> => ({
  '50': median,
  '90': median * 1.3,
  '99': median * 2.4,
  '99.9': median * 9,
  '99.99': median * 80,
  '100': median * 700,
});

/** How fast each is in proportion: events a second one at a time. */
const peers: Readonly<Record<string, number>> = {
  slipring: 55e6,
  'slipring-park': 41e6,
  'lock-condition': 2.9e6,
  'lock-semaphore': 2.6e6,
  'post-message': 0.78e6,
  'post-message-transferred': 0.3e6,
  'broadcast-channel': 0.21e6,
  'receive-message-on-port': 0.6e6,
  'ringbuf.js': 4.3e6,
  'thread-stream': 0.9e6,
  multithreading: 0.04e6,
  'lmax-yielding': 80e6,
  'lmax-busy-spin': 60e6,
  'lmax-blocking': 19e6,
  native: 190e6,
};

export function benchRecord(): RunRecord {
  const results = scenarios.flatMap(({ experiment }, i) => {
    const timed = /round-trip|one-way/.test(experiment);
    if (experiment === 'allocation')
      return Object.keys(peers).map((system, k) => around(experiment, system, 'bytes', k * 70));
    if (experiment === 'idle-cpu')
      return Object.keys(peers).map((system, k) => around(experiment, system, 'percent', 0.6 + k * 9));
    return Object.entries(peers).map(([system, speed]) => {
      if (!timed) return around(experiment, system, 'events/s', speed / (1 + i / 4));
      const time = 4e10 / speed;
      return { ...around(experiment, system, 'ns', time), percentiles: latencies(time) };
    });
  });
  return {
    command: 'npm run bench',
    date: '2026-01-02T03:04:05.678Z',
    machine,
    results,
    stories: [],
    missing: [
      {
        system: 'some-peer',
        why: 'there is no `some-tool` here: `apt-get install -y some-tool` brings it <b>',
      },
    ],
  };
}

function story(name: string, title: string, varied?: string): Story {
  return {
    name,
    title,
    drawing: 'core 0 ──▶ [ a · · · · · · b ] ◀── core 1\n            └── one line ──┘   a < b && b > a',
    expected: 'MADE UP. Both counters in one line should cost much more: the line travels for every store.',
    seen: 'MADE UP. Counters in one line made 31 M/s, 128 bytes apart 410 M/s: 13 times as many.',
    means:
      'MADE UP. Two things that different threads write should not be neighbours, even when they have nothing to do with each other.',
    ...(varied === undefined ? {} : { varied }),
  };
}

export function labRecord(): RunRecord {
  const course = (system: string, slope: number): Result => ({
    ...around('backpressure/memory', system, 'bytes', slope * 50),
    course: Array.from({ length: 60 }, (_, i) => [i * 50, 1e6 + slope * i] as const),
  });
  return {
    command: 'npm start',
    date: '2026-01-02T03:04:05.678Z',
    machine,
    results: [
      around('false-sharing/same-line', 'counters', 'events/s', 31e6),
      around('false-sharing/64-bytes-apart', 'counters', 'events/s', 380e6),
      around('false-sharing/128-bytes-apart', 'counters', 'events/s', 410e6),
      ...[2, 64, 4096, 65_536, 4_194_304].map((at) => ({
        ...around('capacity', 'slipring', 'events/s', 1e6 * (8 + Math.log2(at) * 2)),
        at,
      })),
      course('unbounded queue', 9e6),
      course('slipring', 2e3),
      ...['one', 'three'].flatMap((part) =>
        ['slipring', 'lock-condition'].map((system, i) =>
          around(`claim/${part}`, system, 'events/s', 40e6 / (1 + i * 19)),
        ),
      ),
      { ...around('textbook', 'unsynchronised-list', 'events/s', 3e6), verified: false },
      around('textbook', 'slipring', 'events/s', 55e6),
      around('unicast', 'slipring', 'events/s', 51e6),
      around('textbook/idle', 'slipring', '% of a core', 0.8),
      around('told-by-nobody', 'slipring', 'ns', 700),
    ],
    stories: [
      story('false-sharing', 'False sharing: two counters & <one> line'),
      story('capacity', 'How many slots', 'slots'),
      story('backpressure', 'Back-pressure or not', 'milliseconds'),
      story('claim', 'The claim'),
      story('textbook', 'The textbook'),
      story('headline', 'The rest'),
    ],
    missing: [],
  };
}

export function growthRecord(): RunRecord {
  return {
    command: 'npm run bench:growth',
    date: '2026-01-02T03:04:05.678Z',
    machine,
    results: [1, 2, 4, 8, 16].flatMap((at) => [
      { ...around('growth-consumers', 'slipring', 'events/s', 50e6 / at), at },
      { ...around('growth-consumers', 'post-message', 'events/s', 0.8e6 / at), at },
    ]),
    stories: [story('growth-consumers', 'More consumers', 'consumers')],
    missing: [],
  };
}
