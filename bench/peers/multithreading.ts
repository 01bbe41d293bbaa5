/** The channel of multithreading, between two threads of its pool. */
import type { MessagePort } from 'node:worker_threads';
import type { LinkTask } from '../../workers/link-tasks.js';
import type { HostData, Receiver, Sender } from '../../workers/multithreading-host.js';
import { type Entrant, type Match, Reports, workerFile } from '../harness.js';
import { busyPercent } from './links.js';

/** Its default. With 1,024 the channel of 0.3.52 stops for ever when it is full, and it is no faster. */
const CAPACITY = 32;

type Host = typeof import('../../workers/multithreading-host.js');
type HostArguments = [HostData, MessagePort, Sender | undefined, Receiver | undefined];

/** What is used of the library, whose own types need a browser's. */
interface Multithreading {
  channel(capacity: number): [Sender, Receiver];
  move(...values: HostArguments): HostArguments;
  spawn(values: HostArguments, task: (...values: HostArguments) => Promise<unknown>): unknown;
  shutdown(): void;
}

export function multithreadingEntrant(experiment: string, task: LinkTask): Entrant {
  return {
    experiment,
    system: 'multithreading',
    unit: task.task === 'flow' ? 'events/s' : 'ns',
    start: () => start(task),
  };
}

/** What the library takes for granted, and Node 20 has not. */
function shim(): void {
  const scope = globalThis as { navigator?: object };
  scope.navigator ??= { hardwareConcurrency: 4 };
  Promise.withResolvers ??= function <T>(): PromiseWithResolvers<T> {
    let resolve!: PromiseWithResolvers<T>['resolve'];
    let reject!: PromiseWithResolvers<T>['reject'];
    const promise = new Promise<T>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    return { promise, resolve, reject };
  };
}

async function start(task: LinkTask): Promise<Match> {
  shim();
  const library: string = 'multithreading';
  const { channel, move, shutdown, spawn } = (await import(library)) as Multithreading;
  const run = (...values: HostArguments): void => {
    // Its source is sent to the thread: it may use nothing but what it is given.
    spawn(move(...values), async (data, port, sender, receiver) => {
      const module = (await import(data.module)) as Host;
      await module.host(data, port, sender, receiver);
    });
  };
  const module = workerFile('multithreading-host').href;
  const there = channel(CAPACITY);
  const back = task.task === 'trip' ? channel(CAPACITY) : [];
  const front = new MessageChannel();
  const rear = new MessageChannel();
  run({ ...task, role: 'front', module }, front.port2 as unknown as MessagePort, there[0], back[1]);
  run({ ...task, role: 'back', module }, rear.port2 as unknown as MessagePort, back[0], there[1]);
  const frontPort = front.port1 as unknown as MessagePort;
  const rearPort = rear.port1 as unknown as MessagePort;
  const fromFront = new Reports(frontPort);
  const fromRear = new Reports(rearPort);
  await Promise.all([fromFront.next(), fromRear.next()]);
  return {
    async round() {
      rearPort.postMessage('go');
      frontPort.postMessage('go');
      const started = await fromFront.next();
      if (task.task === 'trip') return (await fromFront.next()).latencies!;
      const ended = await fromRear.next();
      return task.task === 'paced' ? ended.latencies! : task.count / ((ended.at - started.at) / 1e9);
    },
    idle(ms) {
      rearPort.postMessage('go');
      return busyPercent(ms);
    },
    stop() {
      shutdown();
      frontPort.close();
      rearPort.close();
      return Promise.resolve();
    },
  };
}
