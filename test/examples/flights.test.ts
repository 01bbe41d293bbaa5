/** docs/examples/flights: its parts, and the whole of it on a small file, over every connection. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { BROKEN, type Flight, parse, placeName, placeOfAirport } from '../../docs/examples/flights/parse.js';
import { readRecords } from '../../docs/examples/flights/records.js';
import { run, type Version } from '../../docs/examples/flights/run.js';
import { reference, runAlone } from '../../docs/examples/flights/single.js';

const built = (name: string): URL =>
  new URL(`../../.build/docs/examples/flights/${name}.js`, import.meta.url);
const vega = (name: string): string =>
  new URL(`../../node_modules/vega-datasets/data/${name}.json`, import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'flights-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

function parsed(record: string): Flight {
  const flight: Flight = { place: 0, hour: 0, delay: 0 };
  const bytes = Buffer.from(record, 'latin1');
  parse(bytes, 0, bytes.length, flight);
  return flight;
}

const whole = '{"date":"2001/01/01 06:55","delay":-19,"distance":1797,"origin":"LAX","destination":"BNA"}';
const versions: readonly Version[] = [
  'pipeline',
  'post-message',
  'locks',
  'pipeline-batches',
  'post-message-batches',
];
const examples = new URL('../../.build/docs/examples/flights/', import.meta.url);

describe('a record', () => {
  it('is read in the form that each of the files has', () => {
    expect(parsed(`,${whole}`)).toEqual({ place: placeOfAirport('LAX'), hour: 6, delay: -19 });
    expect(placeName(placeOfAirport('LAX'))).toBe('LAX');
    expect(parsed('[{"delay":171,"distance":2227,"time":23.983333333333334}')).toEqual({
      place: 8,
      hour: 23,
      delay: 171,
    });
    expect(placeName(8)).toBe('2000-2249 miles');
  });

  it.each([
    '',
    '}',
    '{}',
    whole.slice(0, -1),
    whole.slice(1),
    whole.replace('-19', 'null'),
    whole.replace('-19', '1-9'),
    whole.replace('-19', '--19'),
    whole.replace('-19', '"-19"'),
    whole.replace('-19', ''),
    whole.replace('1797', '12345678901'),
    whole.replace('LAX', 'LA').replace('"distance":1797,', ''),
    whole.replace('06:55', '24:00'),
    whole.replace(' 06:55', ''),
    whole.replace('"delay":', '"delay"'),
    whole.replace('"delay"', 'delay'),
    whole.replace('BNA"', 'BNA'),
    whole.replace('LAX', 'L\\"X'),
    whole.replace('"delay":-19,', ''),
    '{"delay":171,"distance":2227,"time":24.5}',
    '{"delay":171,"distance":2227,"time":-1}',
    '{"delay":171,"distance":2227,"time":1.5.5}',
    '{"delay":171,"distance":-2227,"time":1.5}',
  ])('is broken: %s', (record) => {
    expect(parsed(record).hour).toBe(BROKEN);
  });

  it('is found by its end, wherever the file is cut into chunks, and what a file lacks at its end counts as one', () => {
    const records = (text: string): string[] => {
      const found: string[] = [];
      readRecords(fileOf('records', text), (bytes, from, end) =>
        found.push(bytes.toString('latin1', from, end)),
      );
      return found;
    };
    expect(records(`[${whole},\n${whole}\n]\n`)).toEqual([`[${whole}`, `,\n${whole}`]);
    expect(records(`[${whole},{"date":"20`)).toEqual([`[${whole}`, ',{"date":"20']);
    expect(records(`[${whole}`)).toEqual([`[${whole}`, '?']);
    expect(records('')).toEqual(['?']);
    const many = Array.from({ length: 30_000 }, () => whole); // 2.7 MB, in chunks of 1 MiB
    expect(records(`[${many.join(',')}]`)).toEqual([`[${whole}`, ...many.slice(1).map((each) => `,${each}`)]);
    const endless = 'x'.repeat(3 << 20);
    expect(records(`[${endless}`).every((record) => record.length <= 256)).toBe(true);
  });
});

describe('the flights', () => {
  it.each(['flights-20k', 'flights-200k'])('of %s in one thread are those that JSON.parse finds', (name) => {
    expect(runAlone(vega(name)).result).toEqual(reference(vega(name)));
  });

  it.each(versions)('are counted over %s as in one thread', async (version) => {
    const seen: number[] = [];
    const options = { file: vega('flights-20k'), version, folder: examples };
    const { result } = await run({ ...options, onProgress: (flights) => seen.push(flights) });
    expect(result).toEqual(reference(vega('flights-20k')));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it.each(versions)('over %s: broken records are counted, and the others are not lost', async (version) => {
    const text = readFileSync(vega('flights-2k'), 'utf8').replaceAll(/"delay":-(\d)/g, '"delay":=$1');
    const broken = text.split('"delay":=').length - 1;
    const file = fileOf(`broken-${version}`, `${text.slice(0, -1)},{"date":"2001/01`);
    const { result } = await run({ file, version, folder: examples });
    expect(broken).toBeGreaterThan(100);
    expect([result.hour.broken, result.place.broken]).toEqual([broken + 1, broken + 1]);
    expect(result.hour.rows.reduce((sum, { flights }) => sum + flights, 0)).toBe(2000 - broken);
    expect(result).toEqual(runAlone(file).result);
  });

  it.each(['pipeline', 'post-message', 'locks'] as const)(
    'over %s: a stage that fails is named with its cause, and no thread goes on',
    async (version) => {
      await expect(run({ file: join(folder, 'none'), version, folder: examples })).rejects.toMatchObject({
        code: 'ERR_FLIGHTS_STAGE',
        message: expect.stringContaining('reader') as string,
      });
    },
  );
});

describe('npm run example:flights', () => {
  const main = (...args: string[]): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, [built('main').pathname, ...args]);

  it('prints the result, writes it as JSON, and times every version against the others', async () => {
    const out = join(folder, 'result.json');
    const { stdout } = await main('--flights', '5k', '--rounds', '1', '--times', '2', '--out', out);
    expect(stdout).toContain('5,000 flights in all, from');
    expect(stdout).toContain('the same as one thread counts, and as JSON.parse and a Map do');
    expect(stdout).toMatch(/pipeline, one event a flight[^\n]*1\.00×/);
    const { broken, hour } = JSON.parse(readFileSync(out, 'utf8')) as {
      broken: number;
      hour: { flights: number }[];
    };
    expect([broken, hour.reduce((sum, { flights }) => sum + flights, 0)]).toEqual([0, 5000]);
  });

  it.each([
    [
      ['--flights', 'no-such-file.json'],
      'ERR_FLIGHTS_FILE: The flights in no-such-file.json cannot be read.',
    ],
    [['--flights', tmpdir()], 'ERR_FLIGHTS_FILE'],
    [['--nope'], "Unknown option '--nope'"],
    [
      ['--flights', '2k', '--only', '--out', tmpdir()],
      `ERR_FLIGHTS_OUT: The result cannot be written to ${tmpdir()}.`,
    ],
    [['--rounds', 'x'], '--rounds is a whole number above 0, not x.'],
    [['--times', '0'], '--times is a whole number above 0, not 0.'],
  ])('says what is wrong: %j', async (args, message) => {
    await expect(main(...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(message) as string,
    });
  });
});
