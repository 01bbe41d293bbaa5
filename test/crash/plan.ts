/** What is done in one trial, decided by a seed: rings, who works on them and how, what dies, and how it ends. When exactly, the machine decides. */
import type { WhenDead } from 'slipring';
import { Dice } from './dice.js';
import type { ConsumeRole, Mishaps, ProduceRole, Reader, Role, ServeRole, VisitRole } from './roles.js';
import { type Graph, type PlannedConsumer, topologies, type Topology } from './topologies.js';

/** One ring of a trial. */
export interface PlannedRing extends Graph {
  readonly capacity: number;
  readonly firstSequence: number;
  readonly spareSeats: number;
  readonly whenNobodyListens: 'hold' | 'discard';
  readonly whenConsumerFails: 'throw' | 'wait';
  readonly whenProducerDies: 'go-on' | 'close';
  /** By consumer. */
  readonly whenDead: readonly WhenDead[];
  /** Names of all accounts: the consumers, then the visitors. */
  readonly accounts: readonly string[];
  readonly quota: number;
  readonly memory: 'plain' | 'wasm';
}

export interface Plan {
  readonly number: number;
  readonly topology: Topology;
  readonly rings: readonly PlannedRing[];
  readonly roles: readonly Role[];
  /** How its rings end, if all is not published within so many milliseconds. */
  readonly ends: 'closed' | 'aborted';
  readonly afterMs: number;
  readonly seed: number;
}

/** Trial `number` of a seed. */
export function planTrial(seed: number, number: number, only?: Topology): Plan {
  const dice = new Dice((seed ^ Math.imul(number + 1, 0x9e3779b1)) >>> 0);
  const topology = only ?? dice.pick(Object.keys(topologies) as Topology[]);
  const rings = topologies[topology](dice).map((graph) => planRing(dice, graph, topology));
  const roles = rings.flatMap((ring, place) => rolesOf(dice, ring, place, topology));
  if (topology === 'serve') roles.push(server(dice, rings));
  if (dice.chance(0.3)) roles.push({ does: 'recover' });
  return {
    number,
    topology,
    rings,
    roles,
    ends: dice.chance(0.9) ? 'closed' : 'aborted',
    afterMs: dice.chance(0.3) ? dice.between(100, 1_000) : 3_000,
    seed: dice.seed(),
  };
}

const CAPACITIES = [1, 2, 2, 4, 8, 16, 64, 64, 256, 1024];
/** Where words change their sign, come round, or the epoch moves on. */
const EDGES = [2 ** 28, 2 ** 29, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 32, 2 ** 40];

function planRing(dice: Dice, graph: Graph, topology: Topology): PlannedRing {
  const capacity = dice.pick(CAPACITIES);
  const logs = graph.producers;
  const sequences = dice.between(2_000, capacity < 16 ? 8_000 : 40_000) / (topology === 'serve' ? 2 : 1);
  const quota = Math.ceil(sequences / logs);
  const spareSeats = topology === 'serve' || dice.chance(0.6) ? 0 : dice.between(1, 2);
  const visitors = Array.from({ length: spareSeats }, (_, visitor) => `visitor ${visitor}`);
  const { consumers } = graph;
  return {
    ...graph,
    capacity,
    quota,
    firstSequence: dice.chance(0.3) ? 0 : dice.pick(EDGES) - dice.between(0, sequences),
    spareSeats,
    whenNobodyListens: dice.pick(['hold', 'discard']),
    whenConsumerFails: dice.pick(['throw', 'throw', 'wait']),
    whenProducerDies: dice.chance(0.05) ? 'close' : 'go-on',
    whenDead: consumers.map((consumer) => whenDead(dice, consumer, topology)),
    accounts: [...consumers.map(({ name }) => name), ...visitors],
    memory: dice.pick(['plain', 'wasm']),
  };
}

function whenDead(dice: Dice, { workers, lossy }: PlannedConsumer, topology: Topology): WhenDead {
  if (topology === 'serve' || !dice.chance(0.15)) return 'hold';
  return workers > 0 || lossy || dice.chance(0.3) ? 'close' : 'detach';
}

function rolesOf(dice: Dice, ring: PlannedRing, place: number, topology: Topology): Role[] {
  const roles: Role[] = Array.from({ length: ring.producers }, (_, log) => producer(dice, ring, place, log));
  if (topology !== 'serve')
    ring.consumers.forEach((consumer, number) => {
      for (let worker = 0; worker < Math.max(1, consumer.workers); worker++)
        roles.push(reading(dice, ring, place, consumer, number));
    });
  for (let visitor = 0; visitor < ring.spareSeats; visitor++)
    roles.push(visiting(dice, ring, place, visitor));
  return roles;
}

function producer(dice: Dice, ring: PlannedRing, place: number, log: number): ProduceRole {
  const whenFull = dice.pick(['block', 'block', 'block', 'strict', 'drop-newest'] as const);
  const manners = [
    'publish',
    'publish',
    'claim',
    'publishAsync',
    'claimAsync',
    'tryPublish',
    'batch',
  ] as const;
  const manner = dice.pick(whenFull === 'drop-newest' ? manners.slice(0, -1) : manners);
  const longest = ring.producers > 1 ? Math.max(1, ring.capacity / 2) : ring.capacity;
  return {
    does: 'produce',
    ring: place,
    log,
    manner,
    longest: ['claim', 'claimAsync', 'batch'].includes(manner) ? dice.between(1, Math.min(longest, 32)) : 1,
    whenFull,
    wait: wait(dice),
    burst: dice.pick([1, 10, 100, 1_000]),
    pauseMs: dice.pick([0, 0.1, 0.5, 2]),
    givesUp: whenFull === 'block' && dice.chance(0.5) ? 0.1 : 0,
    hesitates: dice.pick([0, 0.01, 0.1]),
  };
}

function reading(
  dice: Dice,
  ring: PlannedRing,
  place: number,
  consumer: PlannedConsumer,
  number: number,
): ConsumeRole {
  const manner = dice.pick(['poll', 'take', 'run', 'run', 'runAsync', 'takeAsync'] as const);
  const staying = ring.consumers.length > 1 && number > 0 && consumer.workers === 0 && !consumer.lossy;
  return {
    does: 'consume',
    reader: readerOf(ring, place, consumer, number),
    manner,
    max: dice.pick([0, 0, 1, 3, 16]),
    wait: wait(dice),
    dawdles: dice.pick([0, 0, 0.01, 0.1]),
    mishaps: mishaps(dice, consumer, manner),
    leavesAfter: staying && dice.chance(0.05) ? dice.between(1, 5_000) : 0,
  };
}

function mishaps(dice: Dice, { workers }: PlannedConsumer, manner: ConsumeRole['manner']): Mishaps {
  if (!dice.chance(0.3)) return { chance: 0, onError: 'stop' };
  // Taking has no onError. What a worker tries again in whole batches is not called redelivered.
  if (manner.startsWith('take')) return { chance: 0.001, onError: 'stop' };
  const kinds = ['stop', 'skip', 'retry', 'decide', 'retry batch'] as const;
  const onError = dice.pick(workers > 0 ? kinds.slice(0, -1) : kinds);
  return { chance: onError === 'stop' ? 0.001 : 0.01, onError };
}

function server(dice: Dice, rings: readonly PlannedRing[]): ServeRole {
  return {
    does: 'serve',
    readers: rings.map((ring, place) => readerOf(ring, place, ring.consumers[0], 0)),
    manner: dice.pick(['serve', 'serveAsync']),
    max: dice.pick([0, 1, 8]),
    wait: wait(dice),
    dawdles: dice.pick([0, 0.01]),
  };
}

function visiting(dice: Dice, ring: PlannedRing, place: number, visitor: number): VisitRole {
  const account = ring.consumers.length + visitor;
  const followed = ring.consumers.findIndex(({ lossy }) => !lossy && dice.chance(0.4));
  return {
    does: 'visit',
    reader: {
      ring: place,
      name: ring.accounts[account],
      account,
      after: followed < 0 ? [] : [followed],
      group: false,
      lossy: false,
    },
    afterNames: followed < 0 ? [] : [ring.accounts[followed]],
    start: dice.pick(['now', 'oldest']),
    stay: dice.pick([0, 10, 1_000]),
    max: dice.pick([0, 1, 8]),
    wait: wait(dice),
    dawdles: dice.pick([0, 0.01]),
    whenDead: dice.pick(['hold', 'detach']),
  };
}

function readerOf(ring: PlannedRing, place: number, consumer: PlannedConsumer, number: number): Reader {
  return {
    ring: place,
    name: consumer.name,
    account: number,
    after: consumer.after.map((before) => ring.accounts.indexOf(before)),
    group: consumer.workers > 0,
    lossy: consumer.lossy,
  };
}

const wait = (dice: Dice): 'spin' | 'spin-park' | 'park' =>
  dice.pick([
    'spin-park',
    'spin-park',
    'spin-park',
    'park',
    'park',
    'park',
    'park',
    dice.chance(0.2) ? 'spin' : 'park',
  ]);
