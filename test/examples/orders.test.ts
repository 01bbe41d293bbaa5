/** docs/examples/orders: a real server, real load, real deaths. */
import { execFile, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { readLedger } from '../../docs/examples/orders/ledger.js';
import { load, send } from '../../docs/examples/orders/load.js';
import { type OrdersOptions, type OrdersServer, startServer } from '../../docs/examples/orders/server.js';

const built = (name: string): URL => new URL(`../../.build/docs/examples/orders/${name}.js`, import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'orders-'));
afterAll(() => rmSync(folder, { recursive: true }));

let servers = 0;
const newLedger = (): string => join(folder, `ledger-${servers++}`);
const start = (options: OrdersOptions): Promise<OrdersServer> =>
  startServer({ workerFile: built('worker'), ...options });

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
const order = JSON.stringify({ customer: 'a customer', article: 'bolt', quantity: 3 });

describe('the server of orders', () => {
  it.each([1, 2])(
    'loses no accepted order of 400 when its queue of 4 is full, workers are killed, and it is closed; workers: %d',
    async (workers) => {
      const ledger = newLedger();
      const server = await start({ ledger, capacity: 4, workers, rounds: 50 });
      const killing = (async () => {
        for (const middle of [100, 250]) {
          while (server.status().handled < middle) await pause();
          await [...server.workers][0].terminate();
        }
      })();
      const { accepted, refused } = await load(server.url, 400, 40);
      await killing;
      await server.close();
      expect(refused).toBeGreaterThan(0); // 40 at once into a queue of 4
      expect(new Set(accepted).size).toBe(400);
      const { entries, broken } = readLedger(ledger);
      expect([...entries.keys()].sort()).toEqual([...accepted].sort());
      expect(broken).toBe(0);
      expect(server.status()).toMatchObject({ accepted: 400, refused, handled: 400, open: 0, deaths: 2 });
    },
  );

  it('finishes what it accepted when it is closed, and refuses what comes after', async () => {
    const ledger = newLedger();
    const server = await start({ ledger, capacity: 64, workers: 1, rounds: 2000 });
    const agent = new Agent({ keepAlive: true });
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => send(`${server.url}/orders`, agent, order)),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 202));
    const { size, capacity, closing } = server.status();
    expect([size > 0, capacity, closing]).toEqual([true, 64, false]);
    const closed = server.close();
    await expect(send(`${server.url}/orders`, new Agent(), order)).rejects.toThrow('ECONNREFUSED');
    await closed;
    agent.destroy();
    expect([...readLedger(ledger).entries.keys()].sort()).toEqual(replies.map(({ body }) => body.id!).sort());
  });

  it('says by name, and with the orders, when its workers only die', async () => {
    const dies = new URL('data:text/javascript,throw new Error("no disk")');
    const server = await start({ ledger: newLedger(), capacity: 4, workerFile: dies });
    const agent = new Agent({ keepAlive: true });
    const first = await send(`${server.url}/orders`, agent, order);
    expect(first.status).toBe(202);
    while (server.status().workers > 0) await pause();
    expect(await send(`${server.url}/orders`, agent, order)).toMatchObject({
      status: 503,
      body: { error: 'ERR_NO_WORKERS' },
    });
    agent.destroy();
    await expect(server.close()).rejects.toMatchObject({
      code: 'ERR_ORDERS_UNHANDLED',
      unhandled: [{ id: first.body.id }],
      cause: { message: 'no disk' },
    });
  });

  it('answers bad requests by name, and goes on', async () => {
    const server = await start({ ledger: newLedger() });
    const agent = new Agent({ keepAlive: true });
    const answers: [number, string | undefined][] = [];
    for (const body of ['{', 'null', '{"customer":1}', 'x'.repeat(5000), order]) {
      const { status, body: told } = await send(`${server.url}/orders`, agent, body);
      answers.push([status, told.error]);
    }
    expect(answers).toEqual([
      [400, 'ERR_ORDER'],
      [400, 'ERR_ORDER'],
      [400, 'ERR_ORDER'],
      [413, 'ERR_ORDER_TOO_LONG'],
      [202, undefined],
    ]);
    expect((await send(`${server.url}/nowhere`, agent)).status).toBe(404);
    expect(await send(`${server.url}/status`, agent)).toMatchObject({ status: 200, body: { accepted: 1 } });
    agent.destroy();
    await server.close();
    expect(server.status()).toMatchObject({ accepted: 1, handled: 1, refused: 0 });
  });

  it('goes on with a ledger whose last line a crash cut short, and refuses one that cannot be written', async () => {
    const ledger = newLedger();
    appendFileSync(ledger, '{"id":"cut sh');
    const server = await start({ ledger });
    const agent = new Agent();
    const { body } = await send(`${server.url}/orders`, agent, order);
    await server.close();
    const { entries, broken } = readLedger(ledger);
    expect([[...entries.keys()], broken]).toEqual([[body.id], 1]);
    await expect(start({ ledger: folder })).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it.each([
    [['--nope'], "Unknown option '--nope'"],
    [['--serve', '--port', 'x'], '--port is a number up to 65535, not x.'],
    [['--serve', '--port', '65536'], '--port is a number up to 65535, not 65536.'],
    [['--port', '0'], '--port and --ledger go with --serve.'],
    [['--serve', '--port', '0', '--ledger', folder], 'The server cannot start: EISDIR'],
  ])('as a process, says what is wrong: %j', async (args, message) => {
    const failed = promisify(execFile)(process.execPath, [built('main').pathname, ...args]);
    const { code, stderr } = await failed.then(
      () => expect.unreachable('it started'),
      (error: { readonly code: number; readonly stderr: string }) => error,
    );
    expect([code, stderr.startsWith(message)]).toEqual([1, true]);
  });

  it('as a process, says how it is used', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [built('main').pathname, '--help']);
    expect(stdout).toContain('--serve');
  });

  it('as a process, ends at SIGTERM with every accepted order in the ledger', async () => {
    const ledger = newLedger();
    const args = [built('main').pathname, '--serve', '--port', '0', '--ledger', ledger];
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = new Promise<number | null>((resolve) => server.once('exit', resolve));
    const url = await new Promise<string>((resolve) =>
      server.stdout
        .setEncoding('utf8')
        .once('data', (text: string) => resolve(/^http:[^ ]+(?=:)/.exec(text)![0])),
    );
    const { accepted } = await load(url, 60, 30);
    server.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect([...readLedger(ledger).entries.keys()].sort()).toEqual(accepted.sort());
    expect(readFileSync(ledger, 'utf8').endsWith('\n')).toBe(true);
  });
});
