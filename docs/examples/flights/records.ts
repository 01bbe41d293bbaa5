/** The records of a file, as bytes: found by their closing brace, not parsed. */
import { closeSync, openSync, readSync } from 'node:fs';
import { LONGEST_RECORD } from './parse.js';

const CHUNK_BYTES = 1 << 20;
const CLOSING_BRACE = 0x7d;

/** What cannot be read at all. */
export class FlightsError extends Error {
  readonly code: 'ERR_FLIGHTS_FILE' | 'ERR_FLIGHTS_OUT' | 'ERR_FLIGHTS_RESULT' | 'ERR_FLIGHTS_STAGE';

  constructor(code: FlightsError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FlightsError';
    this.code = code;
  }
}

/**
 * Calls `whole` with where each record of the file is in `bytes`, with what stands between it and the one before. A file that does not end as a list
 * does has one more, the broken rest. Of a record that is too long to be one, the beginning is given.
 * @throws FlightsError `ERR_FLIGHTS_FILE`.
 */
export function readRecords(file: string, whole: (bytes: Buffer, from: number, end: number) => void): void {
  const take = (bytes: Buffer, from: number, end: number): void =>
    whole(bytes, from, Math.min(end, from + LONGEST_RECORD));
  const descriptor = open(file);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let kept = 0; // bytes of a record that is not whole yet
    for (;;) {
      const got = readSync(descriptor, buffer, kept, CHUNK_BYTES - kept, null);
      const bytes = buffer.subarray(0, kept + got);
      let from = 0;
      for (let at = bytes.indexOf(CLOSING_BRACE); at >= 0; at = bytes.indexOf(CLOSING_BRACE, from)) {
        take(bytes, from, at + 1);
        from = at + 1;
      }
      if (got === 0) {
        const rest = bytes.toString('latin1', from).trim();
        if (rest !== ']') take(Buffer.from(rest === '' ? '?' : rest, 'latin1'), 0, Math.max(1, rest.length));
        return;
      }
      if (from === 0 && bytes.length === CHUNK_BYTES) {
        take(bytes, 0, CHUNK_BYTES);
        from = CHUNK_BYTES;
      }
      kept = bytes.length - from;
      buffer.copyWithin(0, from, bytes.length);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** @throws FlightsError `ERR_FLIGHTS_FILE`. */
export function mustBeReadable(file: string): void {
  closeSync(open(file));
}

function open(file: string): number {
  try {
    const descriptor = openSync(file, 'r');
    try {
      readSync(descriptor, Buffer.alloc(1), 0, 1, 0);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    return descriptor;
  } catch (cause) {
    throw new FlightsError('ERR_FLIGHTS_FILE', `The flights in ${file} cannot be read.`, { cause });
  }
}
