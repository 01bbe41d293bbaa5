/** The harness, on real threads, finds what is wrong with a ring that was broken on purpose. */
import { describe, expect, it } from 'vitest';
import { bundleWorker, type Edit } from './bundle.js';
import { Soak } from './soak.js';
import type { Topology } from './topologies.js';

interface Sabotage {
  readonly name: string;
  readonly edit: Edit;
  readonly only: Topology;
  readonly fault: RegExp;
}

const sabotages: readonly Sabotage[] = [
  {
    name: 'a consumer that begins one event late',
    edit: {
      from: `    this.available = this.next;
    this.released = this.next;
    this.word = wordOf(this.next);`,
      to: `    this.word = wordOf(this.next);
    this.available = this.released = ++this.next;`,
    },
    only: 'multicast',
    fault: /was lost$/,
  },
  {
    name: 'a worker that does not say that events come again',
    edit: {
      from: 'this.expected = this.available;\n    this.redelivered = true;',
      to: 'this.expected = this.available;',
    },
    only: 'groups',
    fault: /g: event \d+ came (a second time without being called redelivered|out of order)$/,
  },
  {
    name: 'a producer that does not count what it drops',
    edit: { from: 'this.droppedHere += length;', to: '' },
    only: 'one to one',
    fault: /the ring counts 0 dropped events/,
  },
  {
    name: 'a producer that announces no claim',
    edit: { from: 'intend(first, count) {', to: 'intend(first, count) { return;' },
    only: 'producers',
    fault: /stuck/,
  },
];

describe('the harness finds', () => {
  it.each(sabotages)(
    '$name',
    async ({ name, edit, only, fault }) => {
      const worker = await bundleWorker(name.replaceAll(' ', '-'), [edit]);
      const soak = new Soak(
        {
          seed: 1,
          kills: Infinity,
          limitMs: 100_000,
          stuckMs: 3_000,
          only,
          killing: true,
          stopsAtFault: true,
        },
        worker,
      );
      await soak.run();
      expect(soak.tally.faults.join('\n')).toMatch(new RegExp(fault, 'm'));
    },
    120_000,
  );
});
