/** What `npm run bench` measures, in every system that can do it. `fair` says what everybody does alike, and what is known to help or hurt one. */
export interface Scenario {
  name: ScenarioName;
  drawing: string;
  unit: 'events/s' | 'ns' | 'percent' | 'bytes';
  fair: string;
}

export const scenarioNames = [
  'unicast',
  'unicast-batch-10',
  'unicast-batch-100',
  'unicast-batch-1000',
  'multicast-3',
  'pipeline-3',
  'diamond',
  'three-to-one',
  'group-2',
  'bytes-100',
  'bytes-64k',
  'round-trip-spin',
  'round-trip-park',
  'one-way-paced',
  'idle-cpu',
  'allocation',
] as const;

export type ScenarioName = (typeof scenarioNames)[number];

const trades =
  'Every event is a trade of three numbers, and the receiver checks order, count and checksum of all of them.';
const batches = `${trades} Claims in slipring, LMAX and C++; elsewhere one array of numbers a message or call, three a trade, which is the fastest that each of them has.`;
const graphs = `${trades} Rings of 65,536 slots. Systems without graphs have a queue for each arrow, as LMAX's own comparison with queues has. Four threads share the cores, so LMAX is shown with each of its strategies.`;

export const scenarios: readonly Scenario[] = [
  {
    name: 'unicast',
    drawing: 'P ─▶ C',
    unit: 'events/s',
    fair: `${trades} One event a call at both ends: an object in a message, three numbers in ringbuf.js, a line of text in thread-stream. The receiver may take what is there at once where the system offers that (slipring, LMAX, C++).`,
  },
  { name: 'unicast-batch-10', drawing: 'P ─▶ C, 10 together', unit: 'events/s', fair: batches },
  { name: 'unicast-batch-100', drawing: 'P ─▶ C, 100 together', unit: 'events/s', fair: batches },
  { name: 'unicast-batch-1000', drawing: 'P ─▶ C, 1,000 together', unit: 'events/s', fair: batches },
  { name: 'multicast-3', drawing: 'P ─▶ C C C', unit: 'events/s', fair: graphs },
  { name: 'pipeline-3', drawing: 'P ─▶ C ─▶ C ─▶ C', unit: 'events/s', fair: graphs },
  { name: 'diamond', drawing: 'P ─▶ C C ─▶ C', unit: 'events/s', fair: graphs },
  {
    name: 'three-to-one',
    drawing: 'P P P ─▶ C',
    unit: 'events/s',
    fair: `${trades} The receiver checks the order of each producer's events. One queue for all of them, but with postMessage a port each.`,
  },
  {
    name: 'group-2',
    drawing: 'P ─▶ two workers, 1 µs of work an event ─▶ C',
    unit: 'events/s',
    fair: `${trades} Behind the workers slipring, LMAX's WorkProcessors (there until version 3) and C++ keep the order, and the receiver checks it; a lock-based queue cannot, so there only count and sum are checked. Two cores leave at most two million a second.`,
  },
  {
    name: 'bytes-100',
    drawing: 'P ─▶ C, messages of 100 bytes',
    unit: 'events/s',
    fair: 'Every byte is written; the receiver checks the length, the number at both ends and a byte between. 4,096 messages in flight at most, but without a limit in postMessage. slipring, LMAX and C++ are written in place; LMAX and C++ in slots of this very size, slipring in an arena for any size.',
  },
  {
    name: 'bytes-64k',
    drawing: 'P ─▶ C, messages of 64 KiB',
    unit: 'events/s',
    fair: 'As with 100 bytes, with 64 messages in flight. Transferred buffers come back to be filled again.',
  },
  {
    name: 'round-trip-spin',
    drawing: 'caller ◀══▶ echo, both spinning',
    unit: 'ns',
    fair: 'One call at a time, each answer checked; both clock reads are inside. LMAX with BusySpin. Systems that cannot spin are not here.',
  },
  {
    name: 'round-trip-park',
    drawing: 'caller ◀══▶ echo, both asleep between',
    unit: 'ns',
    fair: 'One call at a time, each answer checked; both clock reads are inside. LMAX with Blocking, C++ with a futex; what has only an event loop sleeps in it.',
  },
  {
    name: 'one-way-paced',
    drawing: 'P ─▶ C, an event each 20 µs',
    unit: 'ns',
    fair: 'The producer spins until an event is due; the latency runs from that moment, not from when it was sent, so that a delay is charged to every event that it delays (no coordinated omission). Each receiver waits as it does unless told otherwise: slipring spins, then parks.',
  },
  {
    name: 'idle-cpu',
    drawing: 'a consumer of nothing',
    unit: 'percent',
    fair: 'Processor time of the whole process in which a consumer waits, while nobody sends: 100 is one core. For LMAX and C++ of their own process.',
  },
  {
    name: 'allocation',
    drawing: 'P ─▶ C, bytes of garbage an event',
    unit: 'bytes',
    fair: 'JavaScript: what the young generations of both threads grew by, over a round without a collection. LMAX: allocated bytes of both threads, by the JVM. C++: what the heap holds more after a round than before.',
  },
];
