/**
 * What the two ends of a link do in a benchmark, whatever the link is.
 *
 *      flow    front ──▶ back       the back checks every trade
 *      trip    front ◀══▶ back      the front measures each way there and back
 *      paced   front ──▶ back       at fixed times; the back measures from when a trade was due
 *      garbage front ──▶ back       both tell the bytes that they allocated in a round
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Checker, checksumOf, fail, now, onGo, onWord, ready, send } from './bench-rounds.js';
import type { Link, See } from './links/link.js';

export interface LinkTask {
  task: 'flow' | 'trip' | 'paced' | 'garbage';
  /** Trades, or trips, a round. */
  count: number;
  /** Trades sent together. */
  batch: number;
  /** From one trade to the next, when they are paced. */
  intervalNs: number;
}

/** The front's part: it sends, over `there`. Round trips come back over `back`. */
export function runFront({ task, count, batch, intervalNs }: LinkTask, there: Link, back?: Link): void {
  let next = 0;
  if (task === 'trip') return call(count, there, back!);
  if (task === 'paced') {
    onGo(async () => {
      let due = now() + 1_000_000;
      for (let n = 0; n < count; n++, due += intervalNs) {
        while (now() < due);
        const done = there.send(n, due, 0);
        if (done !== undefined) await done;
      }
    });
    return;
  }
  const flow = async (): Promise<void> => {
    const end = next + count;
    if (batch === 1) {
      for (let n = next; n < end; n++) {
        const done = there.send(n, n * 0.5, n & 1023);
        if (done !== undefined) await done;
      }
    } else for (let n = next; n < end; n += batch) there.sendMany!(n, batch);
    next = end;
  };
  if (task === 'flow') onGo(flow);
  else {
    const garbage = new Garbage();
    onGo(async () => {
      garbage.begin();
      await flow();
      send({ at: now(), bytes: garbage.end() });
    });
  }
}

/** The back's part: it sees what comes over `there`, or sends it back. */
export function runBack({ task, count }: LinkTask, there: Link, back?: Link): void {
  if (task === 'trip') return echo(count, there, back!);
  let seen = 0;
  let latencies = new Float64Array(count);
  if (task === 'paced') {
    onTrades(there, count, (id, due) => {
      latencies[seen] = now() - due;
      if (id !== seen++) fail(new Error(`${id} came, not ${seen - 1}`));
      if (seen < count) return;
      send({ at: now(), latencies });
      latencies = new Float64Array(count);
      seen = 0;
    });
  } else if (task === 'flow') {
    const checker = new Checker(count);
    onTrades(there, count, (id, price, quantity) => checker.see(id, price, quantity));
  } else {
    const garbage = new Garbage();
    let from = 0;
    // An element, not a variable: one that a closure writes gets a new number object each time, garbage of our own.
    const sum = new Float64Array(1);
    const see: See = (id, price, quantity) => {
      sum[0] += id === from + seen ? price + quantity : NaN;
      if (++seen < count) return;
      const bytes = garbage.end();
      const right = checksumOf(from, count);
      send(
        sum[0] === right ? { at: now(), bytes } : { at: now(), fault: `checksum ${sum[0]}, not ${right}` },
      );
      from += count;
      seen = 0;
      sum[0] = 0;
    };
    onTrades(there, count, see, () => garbage.begin());
  }
}

/** Takes a round's trades for each 'go', or listens all the time. */
function onTrades(link: Link, count: number, see: See, begin = (): void => {}): void {
  let left = 0;
  const counted: See = (id, price, quantity) => {
    left--;
    see(id, price, quantity);
  };
  if (link.listen !== undefined) link.listen(see);
  onWord(() => {
    begin();
    if (link.take === undefined) return;
    left += count;
    while (left > 0) link.take(counted);
  });
  ready();
}

/** Nanoseconds by the cheapest clock there is, for what begins and ends in one thread. */
const clock = (): number => performance.now() * 1e6;

function call(count: number, there: Link, back: Link): void {
  let latencies = new Float64Array(count);
  let sent = 0;
  let trip = 0;
  const arrived = (id: number): void => {
    latencies[trip] = clock() - sent;
    if (id !== trip++) fail(new Error(`sent ${trip - 1}, got ${id} back`));
  };
  const finish = (): void => {
    send({ at: now(), latencies });
    latencies = new Float64Array(count);
  };
  if (back.listen !== undefined) {
    back.listen((id) => {
      arrived(id);
      if (trip === count) return finish();
      sent = clock();
      void there.send(trip, 0, 0);
    });
    onGo(() => {
      trip = 0;
      sent = clock();
      void there.send(0, 0, 0);
    });
    return;
  }
  onGo(() => {
    for (trip = 0; trip < count;) {
      sent = clock();
      void there.send(trip, 0, 0);
      back.take!(arrived);
    }
    finish();
  });
}

function echo(count: number, there: Link, back: Link): void {
  if (there.listen !== undefined) {
    there.listen((id) => void back.send(id, 0, 0));
    onWord(() => {});
  } else {
    const answer = (id: number): void => void back.send(id, 0, 0);
    onWord(() => {
      for (let trip = 0; trip < count; trip++) there.take!(answer);
    });
  }
  ready();
}

/** Bytes allocated since `begin`: what the young generation grew by, in a round that is too short for it to be collected. */
class Garbage {
  readonly #collect: (options: object) => void;
  #before = 0;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as (options: object) => void;
  }

  begin(): void {
    this.#collect({ type: 'minor' });
    this.#before = young();
  }

  end(): number {
    const bytes = young() - this.#before;
    if (bytes < 0) throw new Error('the heap was collected within the round');
    return bytes;
  }
}

function young(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => space_name.startsWith('new_'))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}
