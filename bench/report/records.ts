/** The records that a report is made from: read, checked, and refused with a sentence when they say nothing. */
import { readFileSync } from 'node:fs';
import { lastRecord, type RecordName, type RunRecord } from '../record.js';

export type Records = Partial<Record<RecordName, RunRecord>>;

export const kinds = ['lab', 'bench', 'growth'] as const;

/** The command that makes each kind. */
export const commands: Readonly<Record<RecordName, string>> = {
  lab: 'npm start',
  bench: 'npm run bench',
  growth: 'npm run bench:growth',
};

/** Why no report can be made; a sentence for the terminal. */
export class ReportError extends Error {
  override name = 'ReportError';
}

/** Which command made it. */
function kindOf({ command }: RunRecord): RecordName | undefined {
  if (/^npm run bench:growth\b/.test(command)) return 'growth';
  if (/^npm run bench\b(?!:)/.test(command)) return 'bench';
  return /^npm (start|run start)\b/.test(command) ? 'lab' : undefined;
}

/** The records in files, or the last ones that were kept. */
export function readRecords(files: readonly string[]): Records {
  const records: Records = {};
  if (files.length === 0) {
    for (const kind of kinds) {
      const record = lastRecord(kind);
      if (record !== undefined) records[kind] = checked(record, `the last record of ${commands[kind]}`);
    }
  }
  for (const file of files) {
    const record = checked(parsed(file), file);
    const kind = kindOf(record);
    if (kind === undefined)
      throw new ReportError(
        `${file} was made by "${record.command}"; a report is made from records of ${Object.values(commands).join(', ')}.`,
      );
    records[kind] = record;
  }
  if (Object.keys(records).length === 0)
    throw new ReportError(
      `There is no record to make a report from. Run one of ${Object.values(commands).join(', ')} first; each keeps what it measured.`,
    );
  return records;
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ReportError(`${file} cannot be read as a record: ${(error as Error).message}`);
  }
}

const finite = (figure: unknown): boolean => typeof figure === 'number' && Number.isFinite(figure);

/** @throws ReportError unless this is a whole record with something in it. */
export function checked(raw: unknown, where: string): RunRecord {
  if (Array.isArray(raw))
    throw new ReportError(
      `${where} is a list of results without the machine that they were taken on. A report is made from .build/records, which each run keeps.`,
    );
  const record = raw as RunRecord;
  const lists = [record?.results, record?.stories, record?.missing];
  if (typeof record?.command !== 'string' || record.machine === undefined || !lists.every(Array.isArray))
    throw new ReportError(
      `${where} is not a record: it lacks its command, machine, results, stories or list of what is missing.`,
    );
  if (record.results.length === 0)
    throw new ReportError(`${where} has no results: "${record.command}" measured nothing. Run it again.`);
  for (const { experiment, system, median, min, max } of record.results) {
    if (![median, min, max].every(finite))
      throw new ReportError(`${where}: a figure of ${experiment}, ${system}, is not a number.`);
  }
  return record;
}
