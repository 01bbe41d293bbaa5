/** The channel of multithreading, between two threads of its pool. */
import type { MessagePort } from 'node:worker_threads';
import type { LinkTask } from '../../workers/link-tasks.js';
import type { HostData, Receiver, Sender } from '../../workers/multithreading-host.js';
import { type Entrant, type Match, Reports, workerFile } from '../harness.js';
import { busyPercent } from './links.js';

/** What the thread runs: the library sends it the source. Made from text, so that it is what stands here, whatever transpiles this file. */
// eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
const hostTask = new Function(
  'return async (data, port, sender, receiver) => (await import(data.module)).host(data, port, sender, receiver)',
)() as HostTask;

/** Its default. With 1,024 the channel of 0.3.52 stops for ever when it is full, and it is no faster. */
const CAPACITY = 32;

type HostArguments = [HostData, MessagePort, Sender | undefined, Receiver | undefined];

type HostTask = (...values: HostArguments) => Promise<unknown>;

/** What is used of the library, whose own types need a browser's. */
interface Multithreading {
  readonly channel: (capacity: number) => [Sender, Receiver];
  readonly move: (...values: HostArguments) => HostArguments;
  readonly spawn: (values: HostArguments, task: HostTask) => { join(): Promise<{ error?: Error }> };
  readonly shutdown: () => void;
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
  if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers });
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: PromiseWithResolvers<T>['resolve'];
  let reject!: PromiseWithResolvers<T>['reject'];
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

async function start(task: LinkTask): Promise<Match> {
  shim();
  const library: string = 'multithreading';
  const { channel, move, shutdown, spawn } = (await import(library)) as Multithreading;
  const run = (from: Reports, ...values: HostArguments): void => {
    void spawn(move(...values), hostTask)
      .join()
      .then((outcome) => from.fail(outcome.error ?? new Error('a thread of multithreading ended')));
  };
  const module = workerFile('multithreading-host').href;
  const there = channel(CAPACITY);
  const back = task.task === 'trip' ? channel(CAPACITY) : [];
  const front = new MessageChannel();
  const rear = new MessageChannel();
  const frontPort = front.port1;
  const rearPort = rear.port1;
  const fromFront = new Reports(frontPort);
  const fromRear = new Reports(rearPort);
  run(fromFront, { ...task, role: 'front', module }, front.port2, there[0], back[1]);
  run(fromRear, { ...task, role: 'back', module }, rear.port2, back[0], there[1]);
  await Promise.all([fromFront.next(), fromRear.next()]);
  return {
    async round() {
      rearPort.postMessage('go');
      frontPort.postMessage('go');
      const started = await fromFront.next();
      if (task.task === 'trip') {
        // A caller that waits inside its call tells that it has begun when it has ended.
        const then = await fromFront.next();
        return (started.latencies ?? then.latencies)!;
      }
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
