import type { Result } from './program.js';

/** How much of all interleavings a search that found nothing has covered. */
export function describeExtent({ strategy, preemptions, complete }: Result): string {
  if (strategy === 'pct') return 'random';
  if (!complete) return 'not complete';
  if (preemptions === undefined) return 'complete';
  return `complete up to ${preemptions} ${preemptions === 1 ? 'preemption' : 'preemptions'}`;
}

/** A result for people: one line, and for a failure where the threads stood, what they did, and how to run it again. */
export function formatResult(result: Result): string {
  const { program, strategy, schedules, pruned, verdict, failure, ms } = result;
  const pace = ms > 0 ? `, ${Math.round(((schedules + pruned) / ms) * 1000)}/s` : '';
  const extent = describeExtent(result);
  const lines = [
    `${program}: ${verdict} (${strategy}, ${schedules} schedules${pruned > 0 ? ` and ${pruned} pruned` : ''}, ${extent}, ${ms} ms${pace})`,
  ];
  if (failure !== undefined) {
    lines.push(`  ${failure.message}`);
    for (const thread of failure.threads) lines.push(`  ${thread.name}: ${thread.state}`);
    lines.push(`  trace, ${failure.preemptions} preemptions:`);
    for (const line of failure.trace) lines.push(`    ${line}`);
    lines.push(`  replay: ${failure.schedule}`);
  }
  return lines.join('\n');
}
