/** `npm run example:orders`: the server under a little load, with a worker killed in the middle; `-- --serve` keeps it running, `-- --help` says more. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UnhandledOrdersError } from './handlers.js';
import { readLedger } from './ledger.js';
import { load } from './load.js';
import { startServer } from './server.js';

const HELP = `npm run example:orders -- [options]
  without options  sends 1,000 orders, kills a worker in the middle, and says what became of all of them
  --serve          takes orders until Ctrl-C or SIGTERM; then handles all that it accepted, and ends
  --port N         where it listens: 8080 unless given, 0 for any free one
  --ledger FILE    where it writes handled orders: orders.ledger unless given`;

const { values } = optionsGiven();
const port = Number(values.port ?? 8080);

if (values.help) console.log(HELP);
else if (!/^\d+$/.test(values.port ?? '0') || port > 65_535)
  fail(`--port is a number up to 65535, not ${values.port}.`);
else if (!values.serve && (values.port ?? values.ledger) !== undefined)
  fail('--port and --ledger go with --serve.');
else if (values.serve) await serve(values.ledger ?? 'orders.ledger');
else {
  const folder = mkdtempSync(join(tmpdir(), 'orders-'));
  try {
    await demonstrate(join(folder, 'ledger'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function optionsGiven() {
  try {
    return parseArgs({
      options: {
        serve: { type: 'boolean', default: false },
        port: { type: 'string' },
        ledger: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail(`${(error as Error).message}\n${HELP}`);
  }
}

function fail(why: string): never {
  console.error(why);
  process.exit(1);
}

async function serve(ledger: string): Promise<void> {
  const server = await startServer({ ledger, port }).catch((error: unknown) =>
    // The port is taken, or the ledger cannot be written.
    fail(`The server cannot start: ${(error as Error).message}.`),
  );
  console.log(`${server.url}: POST /orders, GET /status; handled orders go to ${ledger}. Ctrl-C ends it.`);
  const end = (): void => {
    console.log(
      `Closing: ${server.status().open} orders are to be handled. Ctrl-C again ends at once, without them.`,
    );
    server
      .close()
      .then(() => console.log(server.status()))
      .catch((error: unknown) => {
        process.exitCode = 1;
        if (!(error instanceof UnhandledOrdersError)) throw error;
        writeFileSync(`${ledger}.unhandled`, JSON.stringify(error.unhandled));
        console.error(`${error.message} They are in ${ledger}.unhandled.`, error.cause);
      });
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, end);
}

async function demonstrate(ledger: string): Promise<void> {
  const server = await startServer({ ledger, capacity: 32 });
  const killed = killInTheMiddle(() => server.status().handled >= 200, server.workers);
  const { accepted, refused } = await load(server.url, 1000, 100);
  await killed;
  const open = server.status().open;
  await server.close();
  const { entries, repeated } = readLedger(ledger);
  const { deaths, redelivered } = server.status();
  const missing = accepted.filter((id) => !entries.has(id));
  console.log(`${accepted.length} orders from 100 customers at once, into a queue of 32, to 2 workers`);
  console.log(`answered with 503 and Retry-After: ${refused}; all of them came again`);
  console.log(`workers killed: ${deaths}; open orders that were handed out again for that: ${redelivered}`);
  console.log(`still open when the server was told to close: ${open}`);
  console.log(`in the ledger: ${entries.size} orders, ${repeated} lines more for what was handled twice`);
  console.log(missing.length === 0 ? 'no accepted order is missing' : `MISSING: ${missing.join(', ')}`);
  if (missing.length > 0 || entries.size !== accepted.length) process.exitCode = 1;
}

async function killInTheMiddle(
  middle: () => boolean,
  workers: ReadonlySet<{ terminate(): Promise<number> }>,
): Promise<void> {
  while (!middle()) await new Promise((resolve) => setTimeout(resolve, 1));
  const [victim] = workers;
  await victim.terminate();
}
