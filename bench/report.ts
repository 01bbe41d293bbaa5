/** Results as people read them, and as programs do. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import Table from 'cli-table3';
import { readable, type Result } from './harness.js';

/** The machine, in a line. */
export function machine(): string {
  return `Node ${process.version} on ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
}

/** A table of results; each `against` gives the one that a result is compared with, and the ratio says how many times better it is. */
export function tableOf(
  results: readonly Result[],
  ...against: readonly ((result: Result) => Result | undefined)[]
): string {
  const table = new Table({
    head: ['experiment', 'system', 'median', 'min', 'max', 'runs', ...against.map(() => 'ratio')],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const result of results) {
    const { experiment, system, unit, median, min, max, runs } = result;
    const ratios = against.map((find) => {
      const other = find(result);
      return other === undefined || other === result
        ? ''
        : `${timesBetter(result, other).toPrecision(3)}× ${other.system}`;
    });
    table.push([
      experiment,
      system,
      readable(median, unit),
      readable(min, unit),
      readable(max, unit),
      runs,
      ...ratios,
    ]);
  }
  return table.toString();
}

/** How many times better `result` is: more events, or less time. */
export function timesBetter(result: Result, other: Result): number {
  return result.unit === 'events/s' ? result.median / other.median : other.median / result.median;
}

/** Writes the results as JSON: an array of them. */
export function writeJson(file: string, results: readonly Result[]): void {
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}

/** A line of progress: rewritten in place on a terminal, a line each elsewhere. */
export function progressLine(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
  else process.stderr.write(`${text}\n`);
}

/** Takes the progress line away. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
}
