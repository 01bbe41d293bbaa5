/** The lines that a run prints. */
import type { Memory } from './memory.js';
import type { Tally } from './tally.js';

const count = (number: number): string => number.toLocaleString('en');
const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;

/** How far it is. */
export function progressLine(ms: number, tally: Tally, memory: Memory): string {
  return [
    `${Math.round(ms / 60_000)} min`,
    `${count(tally.trials)} trials`,
    `${count(tally.published)} published`,
    `${count(tally.delivered)} delivered`,
    `${count(tally.dropped + tally.evicted)} dropped`,
    `${count(tally.redelivered)} redelivered`,
    `${count(tally.kills)} kills`,
    `${count(tally.recoveries)} recoveries`,
    `${count(tally.faults.length)} faults`,
    megabytes(memory.now),
  ].join(' · ');
}

/** The account of it all. */
export function account(ms: number, tally: Tally, memory: Memory): string {
  const { growth } = memory;
  const topologies = [...tally.byTopology].map(([name, trials]) => `${name} ${count(trials)}`).sort();
  const rows: readonly (readonly [string, string])[] = [
    ['time', `${(ms / 60_000).toFixed(1)} min`],
    ['trials', `${count(tally.trials)}: ${topologies.join(', ')}`],
    ['published', count(tally.published)],
    ['delivered', count(tally.delivered)],
    ['dropped by policy', `${count(tally.dropped)} newest, ${count(tally.evicted)} oldest`],
    ['redelivered', count(tally.redelivered)],
    ['in dying hands', `${count(tally.doubtful)}, of which ${count(tally.doubtfulPublished)} were published`],
    ['kills', count(tally.kills)],
    ['recoveries', count(tally.recoveries)],
    ['joins, leaves', `${count(tally.joins)}, ${count(tally.leaves)}`],
    [
      'memory',
      growth === undefined
        ? megabytes(memory.now)
        : `${megabytes(memory.now)}, growth ${megabytes(growth)}${memory.leaks ? ': NOT FLAT' : ''}`,
    ],
    ['faults', count(tally.faults.length)],
  ];
  const faults = tally.faults.slice(0, 50).map((fault) => `FAULT  ${fault}`);
  return [...rows.map(([name, value]) => `${name.padEnd(18)} ${value}`), ...faults].join('\n');
}
