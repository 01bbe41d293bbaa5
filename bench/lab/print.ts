/** An experiment as a person reads it: what moves where, what was expected, a small table, the finding. */
import Table from 'cli-table3';
import { readable, type Result } from '../harness.js';
import type { Experiment, Told } from './experiment.js';

const WIDTH = 100;

/** Before it runs. */
export function introduce({ name, title, drawing, expected }: Experiment): string {
  const rule = '─'.repeat(Math.max(3, WIDTH - title.length - name.length - 7));
  return `\n── ${title} ${rule} ${name}\n\n${indented(drawing.replace(/^\n/, ''))}\n\n${paragraph('Expected', expected)}\n`;
}

/** After it. */
export function conclude({ varied }: Experiment, results: readonly Result[], { seen, means }: Told): string {
  const parts = [...new Set(results.map(({ experiment }) => experiment))];
  // Single lines of many parts go into one table; whatever is varied gets one for each part.
  const together = results.every(({ at }) => at === undefined);
  const tables = together
    ? [listOf(results)]
    : parts.map((part) =>
        tableOf(
          results.filter(({ experiment }) => experiment === part),
          varied ?? 'at',
          parts.length > 1,
        ),
      );
  return [...tables.map(indented), paragraph('Seen', seen), paragraph('Means', means)].join('\n');
}

/** A row for each result. */
function listOf(results: readonly Result[]): string {
  const parts = new Set(results.map(({ experiment }) => experiment)).size > 1;
  const table = new Table({
    head: [...(parts ? ['experiment'] : []), 'variant', 'median', 'lowest', 'highest', 'rounds'],
    colAligns: [...(parts ? (['left'] as const) : []), 'left', 'right', 'right', 'right', 'right'],
    ...plain,
  });
  for (const { experiment, system, unit, median, min, max, runs } of results)
    table.push([
      ...(parts ? [experiment] : []),
      system,
      readable(median, unit),
      readable(min, unit),
      readable(max, unit),
      runs,
    ]);
  return table.toString();
}

/** A row for each value of what is varied, a column for each variant; the spread in brackets. */
function tableOf(results: readonly Result[], varied: string, named: boolean): string {
  const systems = [...new Set(results.map(({ system }) => system))];
  const values = [...new Set(results.map(({ at }) => at))];
  const table = new Table({
    head: [varied, ...systems],
    colAligns: ['right', ...systems.map(() => 'right' as const)],
    ...plain,
  });
  for (const value of values) {
    const cells = systems.map((name) => {
      const result = results.find(({ system, at }) => system === name && at === value);
      if (result === undefined) return '';
      const { median, min, max, unit } = result;
      return `${readable(median, unit)} (${readable(min, unit)} – ${readable(max, unit)})`;
    });
    table.push([value === undefined ? '–' : value.toLocaleString('en'), ...cells]);
  }
  return `${named ? `${results[0].experiment}\n` : ''}${table.toString()}`;
}

const plain = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');

/** Wrapped, behind its heading. */
function paragraph(heading: string, text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > WIDTH - 12) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return `  ${heading.padEnd(9)} ${lines.join(`\n${' '.repeat(12)}`)}`;
}
