/** What a run leaves behind: its results with the machine that they were taken on, kept for the report and for comparisons. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import type { Result } from './harness.js';

/** One experiment as the report tells it: what was asked, what was expected, what was seen, and what that means. */
export interface Story {
  /** As in the results' `experiment`; those of its parts begin with it and a slash. */
  name: string;
  title: string;
  /** What moves where, in characters. */
  drawing: string;
  expected: string;
  /** The finding, made from the figures of this run: one sentence. */
  seen: string;
  /** For a reader who never heard of a cache line. */
  means: string;
  /** What `at` of the results counts, or the first of each pair of a `course`: as "consumers", or "milliseconds". */
  varied?: string;
}

/** All that one command measured. */
export interface RunRecord {
  /** The command that makes it again. */
  command: string;
  date: string;
  machine: { node: string; platform: string; cores: number; processor: string; flags: readonly string[] };
  results: readonly Result[];
  stories: readonly Story[];
  /** What could not be measured here, and how to have it measured. */
  missing: readonly { system: string; why: string }[];
}

export type RecordName = 'lab' | 'bench' | 'growth';

const folder = new URL('../.build/records/', import.meta.url);
const fileOf = (name: RecordName): URL => new URL(`${name}.json`, folder);

/** Keeps a run as the last one of its kind. */
export function keepRecord(
  name: RecordName,
  kept: Pick<RunRecord, 'command' | 'results'> & Partial<RunRecord>,
): void {
  const record: RunRecord = {
    stories: [],
    missing: [],
    date: new Date().toISOString(),
    machine: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cores: availableParallelism(),
      processor: cpus()[0]?.model.trim() ?? 'unknown processor',
      flags: process.execArgv,
    },
    ...kept,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(name), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** The last run of a kind; undefined when there was none. */
export function lastRecord(name: RecordName): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(name), 'utf8')) as RunRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
