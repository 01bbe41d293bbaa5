/** Every system in every scenario: who takes part, and why one cannot. */
import { MessageChannel } from 'node:worker_threads';
import { createRing, type WaitMode } from 'slipring';
import { createConditionBuffer, createSemaphoreBuffer } from 'slipring/locks';
import { RingBuffer } from 'ringbuf.js';
import type { LinkTask } from '../../workers/link-tasks.js';
import { TimedPing } from '../../workers/ping.js';
import { Trade } from '../../workers/trade.js';
import { CAPACITY, lockContender, type Memory, ringContender, systemIn } from '../contenders.js';
import type { Contender, Entrant } from '../harness.js';
import { bytesInRing, bytesPosted, bytesTransferred } from '../message-contenders.js';
import { ringInShape } from '../ring-shapes.js';
import type { ScenarioName } from '../scenarios.js';
import { type Shape, shapes } from '../shapes.js';
import { arcsEntrant } from './arcs.js';
import { ringGarbage } from './garbage.js';
import { linkEntrant, type LinkPair, sharedLink } from './links.js';
import { lmaxInShape, lmaxLatencies, lmaxMessages, prepareLmax, strategies, type Strategy } from './lmax.js';
import { multithreadingEntrant } from './multithreading.js';
import { nativeInShape, nativeMessages, nativePaced, nativeRoundTrips, prepareNative } from './native.js';
import { threadStreamEntrant } from './thread-stream.js';

/** Who takes part in a scenario; or, in words, why the system cannot. */
export type Cell = readonly (Entrant | Contender)[] | string;

export interface System {
  name: string;
  /** A line on what it is, and how it is used here. */
  about: string;
  /** Compiles what must be; tells what is missing, and how to install it. */
  readonly prepare?: () => { missing: string } | undefined;
  /** `scale` 1 is a quick run; rounds grow with it. Nothing starts yet. */
  readonly cell: (scenario: ScenarioName, scale: number) => Cell;
}

const columns = { id: 'u32', price: 'f64', quantity: 'i32' } as const;
const INTERVAL_NS = 20_000;

const shapeNames: Partial<Record<ScenarioName, string>> = { 'group-2': 'group-of-2' };

/** The shape of a scenario, with the scenario's name. */
function shapeOf(scenario: ScenarioName): Shape {
  const batch = /^unicast-batch-(\d+)$/.exec(scenario)?.[1];
  const name = batch === undefined ? (shapeNames[scenario] ?? scenario) : 'unicast';
  const shape = shapes.find(({ experiment }) => experiment === name);
  // Idle time and garbage are those of one to one.
  const base = shape ?? shapes[0];
  return { ...base, experiment: scenario, batch: Number(batch ?? base.batch) };
}

const isGraph = (scenario: ScenarioName): boolean =>
  ['multicast-3', 'pipeline-3', 'diamond', 'three-to-one', 'group-2'].includes(scenario);

/** A part of `count` that batches and three producers divide evenly. */
const even = (count: number, batch: number): number => Math.ceil(count / (3 * batch)) * 3 * batch;

interface Counts {
  /** Events a round at scale 1, about a tenth of a second's worth. */
  flow: number;
  batch?: number;
  graph?: number;
  trips?: number;
}

/** What a link does in a scenario that is not a graph and not bytes; undefined for those. */
function taskOf(scenario: ScenarioName, counts: Counts, scale: number): LinkTask | undefined {
  const batch = shapeOf(scenario).batch;
  const base = { batch: 1, intervalNs: INTERVAL_NS };
  if (scenario === 'one-way-paced') return { ...base, task: 'paced', count: 5_000 * scale };
  if (scenario === 'allocation') return { ...base, task: 'garbage', count: Math.min(20_000, counts.flow) };
  if (scenario.startsWith('round-trip'))
    return { ...base, task: 'trip', count: (counts.trips ?? 2_000) * scale };
  if (batch > 1)
    return { ...base, task: 'flow', batch, count: even((counts.batch ?? counts.flow) * scale, batch) };
  if (scenario === 'unicast' || scenario === 'idle-cpu')
    return { ...base, task: 'flow', count: counts.flow * scale };
  return undefined;
}

const bytesOf = (scenario: ScenarioName): { length: number; inFlight: number } =>
  scenario === 'bytes-100' ? { length: 100, inFlight: 4_096 } : { length: 65_536, inFlight: 64 };

const GROUP_EVENTS = 150_000;

function ringSystem(memory: Memory, about: string): System {
  const name = systemIn(memory);
  const bytes = (scenario: ScenarioName, length: number, count: number): Cell => [
    bytesInRing(scenario, { length, written: true }, count, memory),
  ];
  return {
    name,
    about,
    cell(scenario, scale) {
      const shape = shapeOf(scenario);
      if (scenario === 'bytes-100') return bytes(scenario, 100, 300_000 * scale);
      if (scenario === 'bytes-64k') return bytes(scenario, 65_536, 4_000 * scale);
      if (scenario === 'allocation') return [ringGarbage(scenario, memory)];
      if (scenario === 'group-2') return [ringInShape(shape, GROUP_EVENTS * scale, memory)];
      if (isGraph(scenario)) return [ringInShape(shape, 1_500_000 * scale, memory)];
      if (scenario.startsWith('unicast')) {
        const count = even((shape.batch === 1 ? 3_000_000 : 6_000_000) * scale, shape.batch);
        return [ringContender(scenario, shape.batch, count, memory)];
      }
      const wait: WaitMode =
        scenario === 'round-trip-spin' ? 'spin' : scenario === 'round-trip-park' ? 'park' : 'spin-park';
      const trips = scenario === 'round-trip-spin' ? 20_000 : 4_000;
      const task = taskOf(scenario, { flow: 1_000_000, trips }, scale)!;
      return [linkEntrant(scenario, name, task, () => ringLinkIn(memory, task, wait))];
    },
  };
}

/** Events carry what the peers' carry: trades, or a number and a time. */
function ringLinkIn(memory: Memory, { task }: LinkTask, wait: WaitMode): LinkPair {
  const options = { capacity: CAPACITY, consumers: ['reader'], memory };
  if (task === 'flow' || task === 'garbage')
    return sharedLink({ kind: 'ring', ring: createRing(Trade, options).handle, wait });
  return sharedLink({ kind: 'pings', ring: createRing(TimedPing, options).handle, wait });
}

function lockSystem(name: 'lock-condition' | 'lock-semaphore', about: string): System {
  const create = name === 'lock-condition' ? createConditionBuffer : createSemaphoreBuffer;
  const arc = (): ReturnType<LinkPairMaker>['front'] => ({
    kind: 'locks',
    handle: create(columns, { capacity: CAPACITY }).handle,
  });
  return {
    name,
    about,
    cell(scenario, scale) {
      if (scenario.startsWith('unicast-batch')) return 'one item a call: it has no batches';
      if (scenario.startsWith('bytes')) return 'its items are numbers';
      if (scenario === 'round-trip-spin') return 'it parks: see round-trip-park';
      if (scenario === 'unicast') return [lockContender(name, 300_000 * scale)];
      if (isGraph(scenario))
        return [
          arcsEntrant(
            name,
            shapeOf(scenario),
            (scenario === 'group-2' ? GROUP_EVENTS / 3 : 60_000) * scale,
            arc,
          ),
        ];
      return [
        linkEntrant(scenario, name, taskOf(scenario, { flow: 300_000 }, scale)!, () => sharedLink(arc())),
      ];
    },
  };
}

type LinkPairMaker = () => LinkPair;

function portPair(): LinkPair {
  const { port1, port2 } = new MessageChannel();
  return {
    front: { kind: 'port', port: port1 },
    back: { kind: 'port', port: port2 },
    ports: { front: port1, back: port2 },
  };
}

function onPortPair(): LinkPair {
  const { port1, port2 } = new MessageChannel();
  const word = new SharedArrayBuffer(4);
  return {
    front: { kind: 'on-port', port: port1, word },
    back: { kind: 'on-port', port: port2, word },
    ports: { front: port1, back: port2 },
  };
}

const postMessage: System = {
  name: 'post-message',
  about: 'a MessagePort between the two threads: an object each, or one array of numbers for many',
  cell(scenario, scale) {
    if (scenario === 'bytes-100')
      return [bytesPosted(scenario, { length: 100, written: true }, 30_000 * scale)];
    if (scenario === 'bytes-64k')
      return [bytesPosted(scenario, { length: 65_536, written: true }, 1_000 * scale)];
    if (scenario === 'round-trip-spin') return 'an event loop sleeps while it has nothing to do';
    if (scenario === 'group-2') return 'a port has one receiver: nobody else takes what it has not';
    if (isGraph(scenario)) return [arcsEntrant('post-message', shapeOf(scenario), 15_000 * scale, 'ports')];
    const task = taskOf(scenario, { flow: 60_000, batch: 300_000 }, scale)!;
    return [linkEntrant(scenario, 'post-message', task, portPair)];
  },
};

const transfer: System = {
  name: 'post-message-transfer',
  about: 'the same with the buffers transferred, and sent back to be used again',
  cell(scenario, scale) {
    if (scenario === 'bytes-100')
      return [bytesTransferred(scenario, { length: 100, written: true }, 10_000 * scale)];
    if (scenario === 'bytes-64k')
      return [bytesTransferred(scenario, { length: 65_536, written: true }, 2_000 * scale)];
    return 'numbers are copied sooner than a buffer is transferred: see post-message';
  },
};

let channels = 0;
const broadcast: System = {
  name: 'broadcast-channel',
  about: 'a BroadcastChannel of a name of its own',
  cell(scenario, scale) {
    if (scenario === 'multicast-3') {
      // One channel, to which all three listen.
      const name = `slipring-bench-${process.pid}-${channels++}`;
      return [
        arcsEntrant('broadcast-channel', { ...shapeOf(scenario) }, 10_000 * scale, () => ({
          kind: 'broadcast',
          name,
        })),
      ];
    }
    if (isGraph(scenario)) return 'everybody hears everything: no graph beyond one to many';
    if (scenario.startsWith('bytes')) return 'the same copy as post-message';
    if (scenario === 'round-trip-spin') return 'an event loop sleeps while it has nothing to do';
    const task = taskOf(scenario, { flow: 30_000, batch: 200_000, trips: 1_500 }, scale)!;
    return [
      linkEntrant(scenario, 'broadcast-channel', task, () =>
        sharedLink({ kind: 'broadcast', name: `slipring-bench-${process.pid}-${channels++}` }),
      ),
    ];
  },
};

const onPort: System = {
  name: 'receive-message-on-port',
  about:
    'a MessagePort whose receiver sleeps on a counter in shared memory, and reads by receiveMessageOnPort',
  cell(scenario, scale) {
    if (isGraph(scenario)) return 'the port of post-message, with another wait';
    if (scenario.startsWith('bytes')) return 'the same copy as post-message';
    if (scenario === 'round-trip-spin') return 'it is there to sleep: see round-trip-park';
    const task = taskOf(scenario, { flow: 40_000, batch: 300_000 }, scale)!;
    return [linkEntrant(scenario, 'receive-message-on-port', task, onPortPair)];
  },
};

const ringbuf: System = {
  name: 'ringbuf.js',
  about:
    'its ring of 64-bit numbers, three a trade, as many trades a call at both ends as the scenario sends together',
  cell(scenario, scale) {
    if (isGraph(scenario)) return 'one producer, one consumer, and it only polls: four threads would spin';
    if (scenario === 'round-trip-park') return 'it cannot sleep';
    if (scenario.startsWith('bytes')) {
      const { length, inFlight } = bytesOf(scenario);
      return [
        {
          experiment: scenario,
          system: 'ringbuf.js',
          unit: 'events/s',
          file: 'bench-ringbuf-bytes',
          count: (length === 100 ? 100_000 : 1_000) * scale,
          prepare() {
            const storage = RingBuffer.getStorageForCapacity(inFlight * (length + 4), Uint8Array);
            return { active: { storage, length }, passive: { storage, length } };
          },
        },
      ];
    }
    const batch = shapeOf(scenario).batch;
    const task = taskOf(scenario, { flow: 300_000, batch: 2_000_000, trips: 20_000 }, scale)!;
    return [
      linkEntrant(scenario, 'ringbuf.js', task, () =>
        sharedLink({
          kind: 'ringbuf',
          storage: RingBuffer.getStorageForCapacity(CAPACITY * 3, Float64Array),
          batch,
        }),
      ),
    ];
  },
};

const threadStream: System = {
  name: 'thread-stream',
  about: 'lines of text to a destination in a thread of its own; the writer waits for drain when told to',
  cell(scenario, scale) {
    if (isGraph(scenario)) return 'one writer, one destination';
    if (scenario.startsWith('round-trip') || scenario === 'one-way-paced')
      return 'a log: it gathers what is written until the event loop turns';
    if (scenario === 'allocation') return 'its destination is in a thread that the library starts';
    const { batch } = shapeOf(scenario);
    if (scenario === 'bytes-100') return [threadStreamEntrant(scenario, 30_000 * scale, 1, 100)];
    if (scenario === 'bytes-64k') return [threadStreamEntrant(scenario, 1_000 * scale, 1, 65_536)];
    return [threadStreamEntrant(scenario, even((batch === 1 ? 50_000 : 100_000) * scale, batch), batch)];
  },
};

const multithreading: System = {
  name: 'multithreading',
  about:
    'its bounded channel of 32 JSON values (its default), by blockingSend and blockingRecv, on two threads of its pool',
  cell(scenario, scale) {
    if (scenario.startsWith('unicast-batch')) return 'one value a call: it has no batches';
    if (isGraph(scenario)) return 'a work queue: each value goes to one receiver';
    if (scenario.startsWith('bytes')) return 'its values are JSON';
    if (scenario === 'round-trip-spin') return 'it parks: see round-trip-park';
    if (scenario === 'allocation') return 'its threads are in a pool that the library starts';
    return [multithreadingEntrant(scenario, taskOf(scenario, { flow: 4_000, trips: 500 }, scale)!)];
  },
};

function lmaxSystem(jar: string | undefined): System {
  let classPath = '';
  return {
    name: 'lmax',
    about:
      'the LMAX Disruptor on the JVM: the best of its Yielding, BusySpin and Blocking strategies, each a result of its own too',
    prepare() {
      const prepared = prepareLmax(jar);
      if ('missing' in prepared) return prepared;
      ({ classPath } = prepared);
      return undefined;
    },
    cell(scenario, scale) {
      const all = (entrant: (strategy: Strategy) => Entrant): Entrant[] => strategies.map(entrant);
      if (scenario === 'round-trip-spin')
        return [lmaxLatencies(scenario, 'busy-spin', 20_000 * scale, 0, classPath)];
      if (scenario === 'round-trip-park')
        return [lmaxLatencies(scenario, 'blocking', 4_000 * scale, 0, classPath)];
      if (scenario === 'one-way-paced')
        return all((strategy) => lmaxLatencies(scenario, strategy, 5_000 * scale, INTERVAL_NS, classPath));
      if (scenario.startsWith('bytes')) {
        const { length, inFlight } = bytesOf(scenario);
        const count = (length === 100 ? 500_000 : 5_000) * scale;
        return all((strategy) => lmaxMessages(scenario, strategy, inFlight, length, count, classPath));
      }
      const shape = shapeOf(scenario);
      if (scenario === 'allocation') return [lmaxInShape(shape, 'blocking', 1_000_000, classPath, 'bytes')];
      const count =
        scenario === 'group-2'
          ? GROUP_EVENTS
          : isGraph(scenario)
            ? 1_500_000
            : shape.batch > 1
              ? 6_000_000
              : 5_000_000;
      return all((strategy) => lmaxInShape(shape, strategy, even(count * scale, shape.batch), classPath));
    },
  };
}

const native: System = {
  name: 'native',
  about:
    'a ring of our own in C++ with release stores, compiled by g++ -O2; it spins with pauses, then yields',
  prepare: prepareNative,
  cell(scenario, scale) {
    if (scenario === 'round-trip-spin') return [nativeRoundTrips(scenario, 'spin', 20_000 * scale)];
    if (scenario === 'round-trip-park') return [nativeRoundTrips(scenario, 'park', 4_000 * scale)];
    if (scenario === 'one-way-paced') return [nativePaced(scenario, 5_000 * scale, INTERVAL_NS)];
    if (scenario.startsWith('bytes')) {
      const { length, inFlight } = bytesOf(scenario);
      return [nativeMessages(scenario, inFlight, length, (length === 100 ? 500_000 : 5_000) * scale)];
    }
    const shape = shapeOf(scenario);
    const count =
      scenario === 'group-2'
        ? GROUP_EVENTS
        : isGraph(scenario)
          ? 1_500_000
          : shape.batch > 1
            ? 10_000_000
            : 5_000_000;
    return [
      nativeInShape(
        shape,
        even(count * scale, shape.batch),
        scenario === 'allocation' ? 'bytes' : 'events/s',
      ),
    ];
  },
};

/** All of them, in the order of the table. */
export function systemsOf(jar?: string): readonly System[] {
  return [
    ringSystem('plain', 'this package, as it is unless told otherwise'),
    ringSystem(
      'wasm',
      "this package with `memory: 'wasm'`: three atomic operations are one instruction each",
    ),
    lmaxSystem(jar),
    native,
    ringbuf,
    lockSystem('lock-condition', "the textbook's bounded buffer: a mutex and two conditions"),
    lockSystem('lock-semaphore', "the textbook's bounded buffer: a mutex and two semaphores"),
    postMessage,
    transfer,
    broadcast,
    onPort,
    threadStream,
    multithreading,
  ];
}
