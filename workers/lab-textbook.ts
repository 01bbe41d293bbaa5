/** One end of one of the textbook's ways: makes notes, or takes and checks them. */
import { type MessagePort, workerData } from 'node:worker_threads';
import { BareList } from '../bench/lab/textbook-lists.js';
import { openPut, openTake, type See, SLOTS, type WayHandle } from '../bench/lab/textbook-ways.js';
import { now, type Report } from './bench-rounds.js';
import { onJob } from './lab-jobs.js';

export interface TextbookData {
  role: 'maker' | 'taker';
  handle: WayHandle;
  /** For messages. */
  port?: MessagePort;
}

/** `count` notes: as fast as they go, or each `gapNs` after the one before. The maker begins after `delayMs`, which a taker sits out. */
export interface TextbookJob {
  count: number;
  gapNs: number;
  delayMs: number;
  /** One word: 1 when the maker of an unprotected list is done. */
  made: SharedArrayBuffer;
}

export interface TextbookReport extends Report {
  started?: number;
  /** Taker: notes that came, and of those made how many never did, came again, or out of order. */
  arrived?: number;
  lost?: number;
  repeated?: number;
  disordered?: number;
  /** Taker, where notes are paced: nanoseconds each. */
  latencies?: Float64Array;
}

const { role, handle, port } = workerData as TextbookData;

/** A list that loses what it holds may lose its end too: both sides give up after so long without a change. */
const PATIENCE_MS = 50;

const pillow = new Int32Array(new SharedArrayBuffer(4));

function makeAll({ count, gapNs, delayMs }: TextbookJob, put: (id: number, moment: number) => void): number {
  if (delayMs > 0) Atomics.wait(pillow, 0, 0, delayMs);
  const started = now();
  for (let n = 0; n < count; n++) {
    if (gapNs === 0) put(n, 0);
    else {
      for (const due = started + n * gapNs; now() < due;);
      put(n, now());
    }
  }
  return started;
}

/** What arrives of one round, held against what was made. */
class Account {
  readonly #times: Uint8Array;
  readonly #latencies: Float64Array;
  #arrived = 0;
  #last = -1;
  #disordered = 0;

  constructor({ count, gapNs }: TextbookJob) {
    this.#times = new Uint8Array(count);
    this.#latencies = new Float64Array(gapNs > 0 ? count : 0);
  }

  get arrived(): number {
    return this.#arrived;
  }

  readonly see: See = (id, moment) => {
    if (this.#arrived < this.#latencies.length) this.#latencies[this.#arrived] = now() - moment;
    this.#arrived++;
    if (id <= this.#last) this.#disordered++;
    this.#last = id;
    if (this.#times[id] < 2) this.#times[id]++;
  };

  report(at = now()): TextbookReport {
    let lost = 0;
    let repeated = 0;
    for (const times of this.#times) {
      if (times === 0) lost++;
      if (times === 2) repeated++;
    }
    const latencies = this.#latencies.subarray(0, Math.min(this.#arrived, this.#latencies.length));
    return { at, arrived: this.#arrived, lost, repeated, disordered: this.#disordered, latencies };
  }
}

function onUnprotectedList(list: BareList): (job: TextbookJob) => TextbookReport {
  if (role === 'maker') {
    return (job) => {
      const started = makeAll(job, (id, moment) => {
        if (list.tryPut(id, moment)) return;
        for (const giveUp = now() + PATIENCE_MS * 1e6; !list.tryPut(id, moment);) if (now() > giveUp) return;
      });
      Atomics.store(new Int32Array(job.made), 0, 1);
      return { at: now(), started };
    };
  }
  return (job) => {
    const account = new Account(job);
    const made = new Int32Array(job.made);
    // What the two have lost or doubled in the count is found or missed after the end: no more than the list holds.
    for (let extra = 2 * SLOTS; extra > 0;) {
      const ended = Atomics.load(made, 0) === 1;
      if (list.tryTake(account.see)) {
        if (ended) extra--;
      } else if (ended) break;
    }
    return account.report();
  };
}

function onPort(port: MessagePort): (job: TextbookJob) => TextbookReport | Promise<TextbookReport> {
  if (role === 'maker') {
    return (job) => {
      const started = makeAll(job, (id, moment) => port.postMessage({ id, moment }));
      return { at: now(), started };
    };
  }
  return (job) =>
    new Promise((resolve) => {
      const account = new Account(job);
      const listen = ({ id, moment }: { id: number; moment: number }): void => {
        account.see(id, moment);
        if (account.arrived < job.count) return;
        port.off('message', listen);
        resolve(account.report());
      };
      port.on('message', listen);
    });
}

function onWay(): (job: TextbookJob) => TextbookReport | Promise<TextbookReport> {
  if (handle.way === 'port') return onPort(port!);
  if (handle.way === 'unprotected') return onUnprotectedList(new BareList(handle.list));
  if (role === 'maker') {
    const put = openPut(handle);
    return (job) => {
      const started = makeAll(job, put);
      return { at: now(), started };
    };
  }
  const take = openTake(handle);
  return (job) => {
    const account = new Account(job);
    take(job.count, account.see);
    return account.report();
  };
}

onJob(onWay());
