/** `npm run example:flights`: flights through a pipeline of threads, checked, and timed beside the same over other connections. */
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { flightsFile } from './files.js';
import { FlightsError } from './records.js';
import { run, type Version } from './run.js';
import { reference, runAlone } from './single.js';
import { jsonOf, tablesOf, timesOf } from './table.js';

const HELP = `npm run example:flights -- [options]
  --flights WHICH  2k, 5k, 10k, 20k, 200k (unless given), 3m, or a file of such records
  --rounds N       how often each version runs, in turn: 5 unless given
  --times N        how often the reader goes over the file in each round: once unless given
  --out FILE       writes the result as JSON
  --only           runs the pipeline once, and compares nothing`;

const contenders: readonly { readonly version: Version; readonly name: string }[] = [
  { version: 'pipeline', name: 'slipring/pipeline, one event a flight' },
  { version: 'post-message', name: 'postMessage, one message a flight' },
  { version: 'locks', name: 'lock-based buffers, one item a flight' },
  { version: 'pipeline-batches', name: 'slipring/pipeline, in chunks of 64 KiB and claims of 1,024' },
  { version: 'post-message-batches', name: 'postMessage, in chunks of 64 KiB and lots of 1,024' },
];

const { values } = optionsGiven();
const rounds = Number(values.rounds);
const times = Number(values.times);
const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 1;

function optionsGiven() {
  try {
    return parseArgs({
      options: {
        flights: { type: 'string', default: '200k' },
        rounds: { type: 'string', default: '5' },
        times: { type: 'string', default: '1' },
        out: { type: 'string' },
        only: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    console.error(`${(error as Error).message}\n${HELP}`);
    return process.exit(1);
  }
}

/** Over the last line of a terminal; nowhere else. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

if (values.help) console.log(HELP);
else if (!isCount(rounds) || !isCount(times)) {
  const [name, given] = isCount(rounds) ? ['--times', values.times] : ['--rounds', values.rounds];
  console.error(`${name} is a whole number above 0, not ${given}.`);
  process.exitCode = 1;
} else {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof FlightsError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  }
}

async function main(): Promise<void> {
  using file = await flightsFile(values.flights, progress);
  const { result } = await runOnce(file.path, 'pipeline', 1, 'through the stages');
  progress('');
  console.log(tablesOf(result));
  if (values.out !== undefined) write(values.out, jsonOf(result));
  const alone = runAlone(file.path);
  mustEqual(result, alone.result, 'the same in one thread');
  if (result.hour.broken === 0 && values.flights !== '3m') {
    mustEqual(result, reference(file.path), 'JSON.parse and a Map');
    console.log('the same as one thread counts, and as JSON.parse and a Map do');
  } else console.log('the same as one thread counts');
  if (values.only) return;

  const ms = contenders.map((): number[] => []);
  const single: number[] = [];
  const expected = runAlone(file.path, times).result;
  for (let round = 1; round <= rounds; round++) {
    for (const [i, { version, name }] of contenders.entries()) {
      const timed = await runOnce(file.path, version, times, `round ${round} of ${rounds}: ${name}`);
      mustEqual(timed.result, expected, name);
      ms[i].push(timed.ms);
    }
    single.push(runAlone(file.path, times).ms);
  }
  progress('');
  const timed = contenders.map(({ name }, i) => ({ name, ms: ms[i] }));
  console.log(timesOf([...timed, { name: 'all in one thread, nothing handed over', ms: single }]));
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new FlightsError('ERR_FLIGHTS_OUT', `The result cannot be written to ${file}.`, { cause });
  }
}

function runOnce(file: string, version: Version, times: number, text: string): ReturnType<typeof run> {
  return run({
    file,
    version,
    times,
    onProgress: (flights) => progress(`${text}: ${flights.toLocaleString('en')} flights counted`),
  });
}

function mustEqual(found: unknown, expected: unknown, name: string): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new FlightsError('ERR_FLIGHTS_RESULT', `The results differ: the pipeline's, and ${name}.`);
}
