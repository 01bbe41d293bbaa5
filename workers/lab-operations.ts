/** The lab's thread that does one operation again and again, alone or against another thread, and checks what it came to. */
import { workerData } from 'node:worker_threads';
import { type LockHandle, openMutex } from 'slipring/locks';
import { type LabData, onRound } from './lab-rounds.js';

export type Operation =
  | 'plain-load'
  | 'plain-store'
  | 'atomic-load'
  | 'atomic-store'
  | 'exchange'
  | 'compare-exchange'
  | 'notify-nobody'
  | 'add-contended'
  | 'mutex'
  | 'mutex-contended'
  | 'park-and-wake';

export interface LabOperationData extends LabData {
  role: Operation;
  /** Word 0 is worked on; 32 is the other thread's, 64 says how many of two are done, 96 counts under the lock. */
  memory: SharedArrayBuffer;
  mutex: LockHandle<'mutex'>;
  /** 0, or 1 for the second of two threads. */
  number: number;
  threads: number;
}

const { role, memory, mutex: handle, number, threads } = workerData as LabOperationData;
const words = new Int32Array(memory);

const must = (right: boolean, what: string): void => {
  if (!right) throw new Error(`${role}: ${what}`);
};

/** What `count` operations are, one after another. Each loop adds up what it read, or leaves something to be checked. */
const operations: Record<Operation, (count: number) => void> = {
  'plain-load': (count) => {
    words[0] = 1;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += words[0];
    must(sum === count, `the sum is ${sum}`);
  },
  'plain-store': (count) => {
    for (let i = 0; i < count; i++) words[0] = i;
    must(words[0] === count - 1, `the last is ${words[0]}`);
  },
  'atomic-load': (count) => {
    words[0] = 1;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += Atomics.load(words, 0);
    must(sum === count, `the sum is ${sum}`);
  },
  'atomic-store': (count) => {
    for (let i = 0; i < count; i++) Atomics.store(words, 0, i);
    must(words[0] === count - 1, `the last is ${words[0]}`);
  },
  exchange: (count) => {
    words[0] = 0;
    let wrong = 0;
    for (let i = 0; i < count; i++) if (Atomics.exchange(words, 0, i + 1) !== i) wrong++;
    must(wrong === 0, `${wrong} gave back another value`);
  },
  'compare-exchange': (count) => {
    words[0] = 0;
    let wrong = 0;
    for (let i = 0; i < count; i++) if (Atomics.compareExchange(words, 0, i, i + 1) !== i) wrong++;
    must(wrong === 0, `${wrong} failed`);
  },
  'notify-nobody': (count) => {
    let woken = 0;
    for (let i = 0; i < count; i++) woken += Atomics.notify(words, 0);
    must(woken === 0, `${woken} were woken`);
  },
  'add-contended': (count) => {
    for (let i = 0; i < count / 2; i++) Atomics.add(words, 0, 1);
    lastOfBoth(() => Atomics.load(words, 0), count);
  },
  mutex: (count) => {
    const before = words[COUNTED];
    countLocked(count);
    must(((words[COUNTED] - before) | 0) === count, `counted ${words[COUNTED] - before}`);
  },
  'mutex-contended': (count) => {
    countLocked(count / 2);
    lastOfBoth(() => words[COUNTED], count);
  },
  'park-and-wake': (count) => {
    const [mine, other] = number === 0 ? [0, OTHER] : [OTHER, 0];
    const from = turn;
    for (const end = turn + count / 2; turn < end; turn++) {
      if (number === 0) hand(other, turn + 1);
      while (Atomics.load(words, mine) === turn) Atomics.wait(words, mine, turn);
      if (number === 1) hand(other, turn + 1);
    }
    must(
      Atomics.load(words, mine) === turn,
      `came from ${from} to ${Atomics.load(words, mine)}, not ${turn}`,
    );
  },
};

const OTHER = 32;
const DONE = 64;
const COUNTED = 96;
const mutex = openMutex(handle);
let turn = 0;
let total = 0;

function hand(index: number, value: number): void {
  Atomics.store(words, index, value);
  Atomics.notify(words, index);
}

/** A plain count, which only a lock that holds keeps right. */
function countLocked(count: number): void {
  for (let i = 0; i < count; i++) {
    mutex.lock();
    words[COUNTED]++;
    mutex.unlock();
  }
}

/** The one of two threads that is done last looks whether both together made `count` of it. */
function lastOfBoth(counted: () => number, count: number): void {
  total = (total + count) | 0;
  if (Atomics.add(words, DONE, 1) % threads === threads - 1)
    must(counted() === total, `two threads made ${counted()} of ${total}`);
}

onRound(operations[role]);
