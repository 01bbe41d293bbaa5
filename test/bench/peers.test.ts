import { describe, expect, it } from 'vitest';
import { compare } from '../../bench/compare.js';
import { resultOf } from '../../bench/harness.js';
import { linkEntrant, type LinkPair, sharedLink } from '../../bench/peers/links.js';
import { multithreadingEntrant } from '../../bench/peers/multithreading.js';
import { systemsOf } from '../../bench/peers/systems.js';
import { threadStreamEntrant } from '../../bench/peers/thread-stream.js';
import { scenarioNames, scenarios } from '../../bench/scenarios.js';
import { verdictsOf } from '../../bench/verdicts.js';
import { createRing } from 'slipring';
import { createConditionBuffer, createSemaphoreBuffer } from 'slipring/locks';
import { RingBuffer } from 'ringbuf.js';
import { MessageChannel } from 'node:worker_threads';
import { Trade } from '../../workers/trade.js';

describe('the matrix of scenarios and systems', () => {
  it('has a scenario for each name, and tells why it is fair', () => {
    expect(scenarios.map(({ name }) => name)).toEqual(scenarioNames);
    for (const { fair } of scenarios) expect(fair.length).toBeGreaterThan(40);
  });

  it.each(systemsOf().map((system) => [system.name, system] as const))(
    '%s takes part in each scenario, or says why not',
    (name, system) => {
      for (const scenario of scenarioNames) {
        const cell = system.cell(scenario, 1);
        if (typeof cell === 'string') {
          expect(cell.length, scenario).toBeGreaterThan(10);
          continue;
        }
        expect(cell.length, scenario).toBeGreaterThan(0);
        for (const entrant of cell) {
          expect(entrant.experiment).toBe(scenario);
          expect(entrant.system === name || entrant.system.startsWith(`${name}-`)).toBe(true);
        }
      }
    },
  );

  it('misses no cell in the four systems that its table of goals needs most', () => {
    for (const system of systemsOf().slice(0, 4))
      for (const scenario of scenarioNames) expect(typeof system.cell(scenario, 1)).toBe('object');
  });
});

describe('a run beside a stored one', () => {
  const before = [
    resultOf('unicast', 'slipring', 'events/s', [50, 52, 54]),
    resultOf('round-trip-spin', 'slipring', 'ns', [400, 410, 420]),
  ];

  it('finds nothing in an equal one', () => {
    expect(compare(before, before)).toEqual({ compared: 2, slower: [] });
  });

  it('names what got slower, in either unit', () => {
    const now = [
      resultOf('unicast', 'slipring', 'events/s', [40, 41, 42]),
      resultOf('round-trip-spin', 'slipring', 'ns', [500, 510, 520]),
    ];
    const { slower } = compare(now, before);
    expect(slower).toHaveLength(2);
    expect(slower[0]).toContain('unicast slipring');
    expect(slower[1]).toContain('round-trip-spin slipring');
  });

  it('takes no notice of runs that overlap, of less than a tenth, and of what got faster', () => {
    const overlapping = [resultOf('unicast', 'slipring', 'events/s', [30, 31, 53])];
    const little = [resultOf('unicast', 'slipring', 'events/s', [48, 49, 49.5])];
    const faster = [resultOf('unicast', 'slipring', 'events/s', [90, 91, 92])];
    for (const now of [overlapping, little, faster]) expect(compare(now, before).slower).toEqual([]);
  });
});

describe('verdicts', () => {
  it('compare with the better rival, and go by time where less is better', () => {
    const results = [
      resultOf('multicast-3', 'slipring', 'events/s', [30]),
      resultOf('multicast-3', 'lock-condition', 'events/s', [1]),
      resultOf('multicast-3', 'lock-semaphore', 'events/s', [5]),
      resultOf('round-trip-park', 'slipring', 'ns', [4_000]),
      resultOf('round-trip-park', 'lmax-blocking', 'ns', [12_000]),
    ];
    expect(verdictsOf(results)).toMatchObject([
      { scenario: 'round-trip-park', rival: 'lmax-blocking', moreIsBetter: false, got: 1 / 3, reached: true },
      { scenario: 'multicast-3', rival: 'lock-semaphore', moreIsBetter: true, got: 6, reached: false },
    ]);
  });

  it('are of the better of the two memories', () => {
    const results = [
      resultOf('unicast', 'slipring', 'events/s', [50]),
      resultOf('unicast', 'slipring-wasm', 'events/s', [80]),
      resultOf('unicast', 'ringbuf.js', 'events/s', [8]),
      resultOf('round-trip-spin', 'slipring', 'ns', [300]),
      resultOf('round-trip-spin', 'slipring-wasm', 'ns', [310]),
      resultOf('round-trip-spin', 'lmax-busy-spin', 'ns', [200]),
    ];
    expect(verdictsOf(results)).toMatchObject([
      { scenario: 'unicast', system: 'slipring-wasm', rival: 'ringbuf.js', got: 10, reached: true },
      { scenario: 'round-trip-spin', system: 'slipring', rival: 'lmax-busy-spin', got: 1.5, reached: false },
    ]);
  });
});

describe('a peer carries some thousand events, each verified', () => {
  const flow = { task: 'flow', count: 3_000, batch: 1, intervalNs: 0 } as const;
  const columns = { id: 'u32', price: 'f64', quantity: 'i32' } as const;
  const port = (): LinkPair => {
    const { port1, port2 } = new MessageChannel();
    return {
      front: { kind: 'port', port: port1 },
      back: { kind: 'port', port: port2 },
      ports: { front: port1, back: port2 },
    };
  };
  const onPort = (): LinkPair => {
    const { port1, port2 } = new MessageChannel();
    const word = new SharedArrayBuffer(4);
    return {
      front: { kind: 'on-port', port: port1, word },
      back: { kind: 'on-port', port: port2, word },
      ports: { front: port1, back: port2 },
    };
  };
  const links: Record<string, () => LinkPair> = {
    slipring: () =>
      sharedLink({
        kind: 'ring',
        ring: createRing(Trade, { capacity: 16, consumers: ['reader'] }).handle,
        wait: 'spin-park',
      }),
    'lock-condition': () =>
      sharedLink({ kind: 'locks', handle: createConditionBuffer(columns, { capacity: 16 }).handle }),
    'lock-semaphore': () =>
      sharedLink({ kind: 'locks', handle: createSemaphoreBuffer(columns, { capacity: 16 }).handle }),
    'ringbuf.js': () =>
      sharedLink({
        kind: 'ringbuf',
        storage: RingBuffer.getStorageForCapacity(16 * 3, Float64Array),
        batch: 1,
      }),
    'post-message': port,
    'broadcast-channel': () => sharedLink({ kind: 'broadcast', name: `slipring-test-${process.pid}` }),
    'receive-message-on-port': onPort,
  };
  const entrants = [
    ...Object.entries(links).map(([name, make]) => linkEntrant('flow', name, flow, make)),
    threadStreamEntrant('flow', 3_000, 1),
    multithreadingEntrant('flow', flow),
  ];

  it.each(entrants.map((entrant) => [entrant.system, entrant] as const))('%s', async (_, { start }) => {
    const match = await start();
    try {
      // The second round goes on where the first ended.
      for (let round = 0; round < 2; round++) expect(await match.round()).toBeGreaterThan(0);
    } finally {
      await match.stop();
    }
  });

  it('also where the events come back, and are timed', async () => {
    const trips = linkEntrant('trip', 'slipring', { ...flow, task: 'trip', count: 200 }, links.slipring);
    const match = await trips.start();
    try {
      expect(await match.round()).toHaveLength(200);
    } finally {
      await match.stop();
    }
  });
});
