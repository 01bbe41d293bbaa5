/** Which file: one of those that vega-datasets ships, or any of that form. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decompress } from 'fzstd';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { mustBeReadable } from './records.js';

/** A file of records, and what removes it if it was made for this. */
export interface FlightsFile extends Disposable {
  readonly path: string;
}

const dataFile = (name: string): string =>
  fileURLToPath(new URL(`../data/${name}`, import.meta.resolve('vega-datasets')));

/**
 * `2k`, `5k`, `10k`, `20k`, `200k` and `3m` are those of vega-datasets; anything else is a path.
 * @throws FlightsError `ERR_FLIGHTS_FILE`.
 */
export async function flightsFile(which: string, report: (text: string) => void): Promise<FlightsFile> {
  if (which === '3m') return unpacked(dataFile('flights-3m.parquet'), report);
  const path = /^(2|5|10|20|200)k$/.test(which) ? dataFile(`flights-${which}.json`) : which;
  mustBeReadable(path);
  return { path, [Symbol.dispose]() {} };
}

interface Packed {
  readonly date: Date | null;
  readonly delay: bigint | null;
  readonly distance: bigint | null;
  readonly origin: string | null;
  readonly destination: string | null;
}

const ROWS_AT_A_TIME = 100_000;

/** The rows of a parquet file as the records that the other files have: some 270 MB in the folder for temporary files, for 3 million. */
async function unpacked(path: string, report: (text: string) => void): Promise<FlightsFile> {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const compressors = {
    ZSTD: (input: Uint8Array, length: number) => decompress(input, new Uint8Array(length)),
  };
  const rows = Number(parquetMetadata(file).num_rows);
  const folder = mkdtempSync(join(tmpdir(), 'flights-'));
  const remove = (): void => rmSync(folder, { recursive: true });
  const made = { path: join(folder, 'flights.json'), [Symbol.dispose]: remove };
  try {
    const descriptor = openSync(made.path, 'w');
    for (let rowStart = 0; rowStart < rows; rowStart += ROWS_AT_A_TIME) {
      report(`unpacking: ${rowStart.toLocaleString('en')} of ${rows.toLocaleString('en')} flights`);
      const rowEnd = Math.min(rows, rowStart + ROWS_AT_A_TIME);
      const part = (await parquetReadObjects({ file, rowStart, rowEnd, compressors })) as unknown as Packed[];
      writeSync(descriptor, `${rowStart === 0 ? '[' : ','}${part.map(recordOf).join(',')}`);
    }
    writeSync(descriptor, ']');
    closeSync(descriptor);
    return made;
  } catch (error) {
    remove();
    throw error;
  }
}

function recordOf({ date, delay, distance, origin, destination }: Packed): string {
  const at = date?.toISOString() ?? '';
  const text = `${at.slice(0, 4)}/${at.slice(5, 7)}/${at.slice(8, 10)} ${at.slice(11, 16)}`;
  return `{"date":"${text}","delay":${delay},"distance":${distance},"origin":"${origin}","destination":"${destination}"}`;
}
