/** Topologies made of queues: each arrow is a link of its own, and each node a worker. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { ArcsBenchData } from '../../workers/bench-arcs.js';
import type { LinkData } from '../../workers/links/open.js';
import { type Entrant, Reporter } from '../harness.js';
import type { Shape } from '../shapes.js';

/** What an arrow is made of: one thing for everybody at it, or a port for each two. */
export type Arc = () => LinkData;

interface Node {
  name: string;
  role: ArcsBenchData['role'];
  producer: number;
  ins: LinkData[];
  outs: LinkData[];
  ports: MessagePort[];
}

/** `shared` gives a link that any number of threads may use; 'ports' makes a channel for each two. */
export function arcsEntrant(system: string, shape: Shape, count: number, shared: Arc | 'ports'): Entrant {
  return {
    experiment: shape.experiment,
    system,
    unit: 'events/s',
    async start() {
      const nodes = nodesOf(shape, shared);
      const start = ({ role, producer, ins, outs, ports }: Node): Reporter => {
        const data = { role, producer, ins, outs, count, producers: shape.producers, ordered: shape.workers === undefined };
        return new Reporter('bench-arcs', data satisfies ArcsBenchData, ports);
      };
      const threads = nodes.map((node) => ({ node, reporter: start(node) }));
      await Promise.all(threads.map(({ reporter }) => reporter.next()));
      const front = threads.filter(({ node }) => node.role === 'producer');
      const back = threads.filter(({ node }) => node.role === 'consumer');
      return {
        async round() {
          for (const { reporter } of front) reporter.worker.postMessage('go');
          const begun = front.map(async ({ reporter }) => (await reporter.next()).at);
          // A report of each way in: a join checks each apart.
          const ended = back.flatMap(({ node, reporter }) =>
            reportsOf(node, shape).map(async () => (await reporter.next()).at),
          );
          const [begins, ends] = await Promise.all([Promise.all(begun), Promise.all(ended)]);
          return count / ((Math.max(...ends) - Math.min(...begins)) / 1e9);
        },
        async stop() {
          await Promise.all(threads.map(({ reporter }) => reporter.worker.terminate()));
        },
      };
    },
  };
}

/** Ports from several producers are checked as one stream. */
const reportsOf = ({ ins }: Node, { producers }: Shape): LinkData[] => (producers > 1 ? ins.slice(0, 1) : ins);

function nodesOf({ producers, consumers, workers = 0 }: Shape, shared: Arc | 'ports'): Node[] {
  const node = (name: string, role: Node['role'], producer = 0): Node => ({
    name,
    role,
    producer,
    ins: [],
    outs: [],
    ports: [],
  });
  const sources = Array.from({ length: producers }, (_, producer) => node('producer', 'producer', producer));
  const group = Array.from({ length: workers }, () => node('work', 'group-worker'));
  const others = Object.keys(consumers)
    .filter((name) => name !== 'work')
    .map((name) => node(name, 'consumer'));
  const named = (name: string): Node[] => [...group, ...others].filter((other) => other.name === name);
  for (const [name, { after = [] }] of Object.entries(consumers)) {
    const befores = after.length === 0 ? [sources] : after.map(named);
    for (const before of befores) connect(before, named(name), shared);
  }
  return [...sources, ...group, ...others];
}

/** One queue from all of these to all of those; or a channel from each to each. */
function connect(from: readonly Node[], to: readonly Node[], shared: Arc | 'ports'): void {
  if (shared !== 'ports') {
    const link = shared();
    for (const node of from) node.outs.push(link);
    for (const node of to) node.ins.push(link);
    return;
  }
  for (const sender of from) {
    for (const receiver of to) {
      const { port1, port2 } = new MessageChannel();
      sender.outs.push({ kind: 'port', port: port1 });
      sender.ports.push(port1);
      receiver.ins.push({ kind: 'port', port: port2 });
      receiver.ports.push(port2);
    }
  }
}
