import { createRing, ringBytes } from 'slipring';
import { describe, expect, it } from 'vitest';
import { optionsOf } from './field.js';
import { Marked, MOST_LOGS, MOST_NUMBERS } from './marks.js';
import { type Plan, planTrial } from './plan.js';
import { topologies, type Topology } from './topologies.js';

const names = Object.keys(topologies) as Topology[];
const plans = (only?: Topology): Plan[] =>
  Array.from({ length: 300 }, (_, number) => planTrial(7, number, only));

describe('plans', () => {
  it('are the same for the same seed and number, and others for others', () => {
    expect(planTrial(7, 3)).toEqual(planTrial(7, 3));
    expect(planTrial(7, 3)).not.toEqual(planTrial(7, 4));
    expect(planTrial(7, 3)).not.toEqual(planTrial(8, 3));
  });

  it.each(names)('of %s make rings, and fit into the marks', (only) => {
    for (const { rings, topology } of plans(only)) {
      expect(topology).toBe(only);
      for (const ring of rings) {
        expect(ringBytes(Marked, optionsOf(ring))).toBeGreaterThan(0);
        expect(ring.quota).toBeLessThan(MOST_NUMBERS);
        expect(ring.producers).toBeLessThanOrEqual(MOST_LOGS);
      }
    }
  });

  it('have a thread for every log, every consumer, every worker and every visitor', () => {
    for (const { rings, roles, topology } of plans()) {
      rings.forEach((ring, place) => {
        const logs = roles.flatMap((role) =>
          role.does === 'produce' && role.ring === place ? [role.log] : [],
        );
        expect(logs.sort()).toEqual(Array.from({ length: ring.producers }, (_, log) => log));
        const readers = roles.flatMap((role) =>
          'reader' in role ? [role.reader] : 'readers' in role ? role.readers : [],
        );
        ring.accounts.forEach((name, account) => {
          const workers = Math.max(1, ring.consumers[account]?.workers ?? 1);
          const mine = readers.filter((reader) => reader.ring === place && reader.account === account);
          expect(mine.map((reader) => reader.name)).toEqual(Array<string>(workers).fill(name));
        });
      });
      expect(roles.some(({ does }) => does === 'serve')).toBe(topology === 'serve');
    }
  });

  it('cover every topology, policy and manner', () => {
    const all = plans();
    const roles = all.flatMap((plan) => plan.roles);
    const rings = all.flatMap((plan) => plan.rings);
    const values = (of: readonly unknown[]): unknown[] => [...new Set(of)].sort();
    expect(values(all.map(({ topology }) => topology))).toEqual([...names].sort());
    expect(values(all.map(({ ends }) => ends))).toEqual(['aborted', 'closed']);
    expect(values(rings.flatMap(({ whenDead }) => whenDead))).toEqual(['close', 'detach', 'hold']);
    expect(values(rings.map(({ whenProducerDies }) => whenProducerDies))).toEqual(['close', 'go-on']);
    expect(values(rings.map(({ whenNobodyListens }) => whenNobodyListens))).toEqual(['discard', 'hold']);
    expect(values(rings.map(({ whenConsumerFails }) => whenConsumerFails))).toEqual(['throw', 'wait']);
    expect(values(roles.map(({ does }) => does))).toEqual([
      'consume',
      'produce',
      'recover',
      'serve',
      'visit',
    ]);
    const producers = roles.flatMap((role) => (role.does === 'produce' ? [role] : []));
    expect(values(producers.map(({ whenFull }) => whenFull))).toEqual(['block', 'drop-newest', 'strict']);
    expect(values(producers.map(({ manner }) => manner))).toHaveLength(6);
    const consumers = roles.flatMap((role) => (role.does === 'consume' ? [role] : []));
    expect(values(consumers.map(({ manner }) => manner))).toHaveLength(5);
    expect(values(consumers.map(({ mishaps }) => mishaps.onError))).toHaveLength(5);
    expect(consumers.some(({ leavesAfter }) => leavesAfter > 0)).toBe(true);
    const crossing = rings.filter(({ firstSequence, quota, producers }) =>
      [28, 29, 30, 31, 32].some(
        (bits) => firstSequence < 2 ** bits && firstSequence + quota * producers > 2 ** bits,
      ),
    );
    expect(crossing.length).toBeGreaterThan(rings.length / 3);
  });

  it('make rings that can be made', () => {
    for (const { rings } of plans()) for (const ring of rings) createRing(Marked, optionsOf(ring)).close();
  });
});
