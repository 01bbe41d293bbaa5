/**
 * A producer or consumer where each arc of a topology is a queue of its own, as it must be in a system that has one consumer a queue:
 * who has several ways out sends everything to each of them.
 */
import { workerData } from 'node:worker_threads';
import { onGo, ready } from './bench-rounds.js';
import type { Link, See } from './links/link.js';
import { type LinkData, openLink } from './links/open.js';
import { NUMBER_BITS, TopologyChecker } from './topology-checker.js';

export interface ArcsBenchData {
  role: 'producer' | 'consumer' | 'group-worker';
  /** Trades a round, of all producers together. */
  count: number;
  producers: number;
  /** Which producer this is, from 0 on. */
  producer: number;
  ins: LinkData[];
  outs: LinkData[];
  /** Whether trades come in the order in which they were sent. */
  ordered: boolean;
}

/** What a group's worker takes for a trade. */
const WORK_MS = 0.001;

const { role, count, producers, producer, ins, outs, ordered } = workerData as ArcsBenchData;
const sending = outs.map((data) => openLink(data, 'send'));
const receiving = ins.map((data) => openLink(data, 'receive'));

function sendOn(id: number, price: number, quantity: number): void {
  for (const link of sending) void link.send(id, price, quantity);
}

if (role === 'producer') {
  const mark = producer << NUMBER_BITS;
  let next = 0;
  onGo(() => {
    const end = next + count / producers;
    for (let n = next; n < end; n++) sendOn((mark | n) >>> 0, n * 0.5, n & 1023);
    next = end;
  });
} else if (role === 'group-worker') {
  ready();
  passOn(receiving[0], () => {
    const end = performance.now() + WORK_MS;
    while (performance.now() < end);
  });
} else if (producers > 1 && receiving.length > 1) {
  // A port from each producer: they are one stream.
  const checker = new TopologyChecker(count, producers);
  for (const link of receiving) link.listen!((id, price, quantity) => checker.see(id, price, quantity));
  ready();
} else {
  const checkers = receiving.map(() => new TopologyChecker(count, producers, ordered));
  const sees = checkers.map((checker): See => (id, price, quantity) => checker.see(id, price, quantity));
  ready();
  if (receiving.length === 1) passOn(receiving[0], sees[0]);
  else joinAll(receiving, sees);
}

/** Sees every trade and sends it on; for ever. What is taken under a lock is sent when the lock has been let go. */
function passOn(link: Link, see: See): void {
  if (link.listen !== undefined) {
    link.listen((id, price, quantity) => {
      see(id, price, quantity);
      sendOn(id, price, quantity);
    });
    return;
  }
  let id = 0;
  let price = 0;
  let quantity = 0;
  const hold: See = (i, p, q) => {
    id = i;
    price = p;
    quantity = q;
  };
  while (true) {
    link.take!(hold);
    see(id, price, quantity);
    sendOn(id, price, quantity);
  }
}

/** One trade of each in turn; for ever. */
function joinAll(links: readonly Link[], sees: readonly See[]): void {
  if (links[0].listen !== undefined) links.forEach((link, i) => link.listen!(sees[i]));
  else while (true) links.forEach((link, i) => link.take!(sees[i]));
}
