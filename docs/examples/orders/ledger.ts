/** The ledger: one line of JSON for each order that was handled, only ever appended to, by every worker. */
import { appendFileSync, readFileSync } from 'node:fs';

/** An order, as it lies in the queue. */
export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly article: string;
  readonly quantity: number;
  /** It was handed out before, to a worker that may have died with it: it may be in the ledger already. */
  readonly again?: boolean;
}

/** What became of an order. */
export interface Entry {
  readonly id: string;
  readonly customer: string;
  readonly article: string;
  readonly quantity: number;
  /** What its handling made of it. */
  readonly receipt: string;
}

/** One write of one whole line: lines of several threads do not mix. */
export function append(file: string, entry: Entry): void {
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

/** Makes sure that the ledger can be written, and ends a line that a crash of the whole process cut short. */
export function prepare(file: string): void {
  appendFileSync(file, '');
  const text = readFileSync(file, 'utf8');
  if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n');
}

export interface Ledger {
  /** The orders that were handled, each once: one may have been handled twice, and its first line counts. */
  readonly entries: Map<string, Entry>;
  /** Lines that were left out for that. */
  repeated: number;
  /** Lines that are no entry. */
  broken: number;
}

export function readLedger(file: string): Ledger {
  const ledger: Ledger = { entries: new Map(), repeated: 0, broken: 0 };
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const entry = entryOf(line);
    if (entry === undefined) ledger.broken++;
    else if (ledger.entries.has(entry.id)) ledger.repeated++;
    else ledger.entries.set(entry.id, entry);
  }
  return ledger;
}

function entryOf(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line) as Entry;
    return typeof entry.id === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}
