/** `npm run example:orders`: the server under a little load, with a worker killed in the middle; `-- --serve` keeps it running. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UnhandledOrdersError } from './handlers.js';
import { readLedger } from './ledger.js';
import { load } from './load.js';
import { startServer } from './server.js';

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    port: { type: 'string' },
    ledger: { type: 'string' },
  },
});

if (values.serve) {
  const ledger = values.ledger ?? 'orders.ledger';
  const server = await startServer({ ledger, port: Number(values.port ?? 8080) });
  console.log(`${server.url}: POST /orders, GET /status; handled orders go to ${ledger}. Ctrl-C ends it.`);
  const end = (): void => {
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
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'orders-'));
  try {
    await demonstrate(join(folder, 'ledger'));
  } finally {
    rmSync(folder, { recursive: true });
  }
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
