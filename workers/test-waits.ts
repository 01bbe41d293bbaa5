/** One thread of a test: takes seats in several rings, then does what it is told, until something keeps it waiting. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  type CancelHandle,
  openCancelToken,
  openRing,
  type RingHandle,
  serve,
  type WaitMode,
} from 'slipring';
import { fillTrade, Trade } from './trade.js';

/** What is done in a seat: by the number of the ring, and the name of the consumer. */
export type Act =
  | { readonly publish: number; readonly count: number; readonly on?: 'loop' }
  | { readonly take: readonly [ring: number, name: string]; readonly on?: 'loop' }
  | { readonly fail: readonly [ring: number, name: string]; readonly message: string }
  | { readonly serve: readonly (readonly [ring: number, name: string])[] };

export interface WaitsData {
  readonly rings: readonly RingHandle[];
  readonly acts: readonly Act[];
  /** Seats to have besides those that are used. */
  readonly holds?: readonly (readonly [ring: number, name: string])[];
  readonly wait?: WaitMode;
  readonly timeoutMs?: number;
  readonly cancel?: CancelHandle;
  /** The acts begin when this word is not 0. */
  readonly go: SharedArrayBuffer;
}

const { rings: handles, acts, holds = [], go, cancel, ...waits } = workerData as WaitsData;
const rings = handles.map((handle) => openRing(handle, Trade, { checks: false }));
const options = { wait: 'park', ...waits, ...(cancel && { cancel: openCancelToken(cancel) }) } as const;
const producers = rings.map((ring, i) =>
  acts.some((act) => 'publish' in act && act.publish === i) ? ring.openProducer(options) : undefined,
);
const consumers = new Map<string, ReturnType<(typeof rings)[number]['openConsumer']>>();
const seats = acts.flatMap((act) =>
  'take' in act ? [act.take] : 'fail' in act ? [act.fail] : 'serve' in act ? act.serve : [],
);
for (const [ring, name] of [...seats, ...holds]) {
  const key = `${ring} ${name}`;
  if (!consumers.has(key)) consumers.set(key, rings[ring].openConsumer(name, options));
}
const consumer = ([ring, name]: readonly [number, string]) => consumers.get(`${ring} ${name}`)!;

async function perform(act: Act): Promise<void> {
  if ('publish' in act) {
    const producer = producers[act.publish]!;
    for (let n = 0; n < act.count; n++) {
      if (act.on === 'loop') await producer.publishAsync(fillTrade, producer.next);
      else producer.publish(fillTrade, producer.next);
    }
  } else if ('take' in act) {
    const reader = consumer(act.take);
    const batch =
      act.on === 'loop' ? await reader.takeAsync({ max: 1 }) : reader.take({ ...options, max: 1 });
    batch?.release();
  } else if ('fail' in act) {
    consumer(act.fail).run(() => {
      throw new Error(act.message);
    });
  } else {
    serve(
      act.serve.map((seat) => [consumer(seat), () => {}] as const),
      options,
    );
  }
}

parentPort!.postMessage('seated');
Atomics.wait(new Int32Array(go), 0, 0);
for (const act of acts) {
  try {
    await perform(act);
    parentPort!.postMessage('done');
  } catch (error) {
    parentPort!.postMessage((error as { code?: string }).code ?? String(error));
  }
}
