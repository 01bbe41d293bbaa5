/** An HTTP server that takes orders and answers at once; workers handle them behind it. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Worker } from 'node:worker_threads';
import { Handlers, type HandlersOptions } from './handlers.js';
import { type Order, prepare } from './ledger.js';

export interface OrdersOptions extends Partial<Omit<HandlersOptions, 'ledger'>> {
  /** Where handled orders are written. */
  readonly ledger: string;
  /** Any free one unless given. */
  readonly port?: number;
}

/** What `GET /status` answers. */
export interface Status {
  readonly closing: boolean;
  /** Orders in the queue, and how many it holds. */
  readonly size: number;
  readonly capacity: number;
  readonly accepted: number;
  readonly refused: number;
  readonly handled: number;
  /** Accepted and not handled: in the queue, or in a worker's hands. */
  readonly open: number;
  readonly workers: number;
  readonly deaths: number;
  readonly redelivered: number;
}

export interface OrdersServer {
  readonly url: string;
  readonly workers: ReadonlySet<Worker>;
  status(): Status;
  /** Stops listening, finishes what was accepted, and resolves when the workers have ended. @throws UnhandledOrdersError `ERR_ORDERS_UNHANDLED`. */
  close(): Promise<void>;
}

const RETRY_AFTER_SECONDS = 1;
const LONGEST_BODY = 4096;

/** What is wrong with a request. */
class RequestError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export async function startServer({
  ledger,
  port = 0,
  capacity = 64,
  workers = 2,
  rounds = 400,
  workerFile = new URL('./worker.js', import.meta.url),
}: OrdersOptions): Promise<OrdersServer> {
  prepare(ledger);
  const handlers = new Handlers({ capacity, workers, ledger, rounds, workerFile });
  const counts = { accepted: 0, refused: 0 };
  let closed: Promise<void> | undefined;

  const status = (): Status => ({
    closing: closed !== undefined,
    size: handlers.queue.size,
    capacity,
    ...counts,
    handled: handlers.handled,
    open: handlers.open,
    workers: handlers.workers.size,
    deaths: handlers.deaths,
    redelivered: handlers.redelivered,
  });

  const unavailable = (response: ServerResponse, error: string): void => {
    counts.refused++;
    response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
    answer(response, 503, { error });
  };

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const order = orderOf(await bodyOf(request));
    if (closed !== undefined) return unavailable(response, 'ERR_CLOSING');
    if (handlers.failed) return unavailable(response, 'ERR_NO_WORKERS');
    // The whole of the back-pressure: nothing is kept for whom there is no room.
    if (!handlers.tryAccept(order)) return unavailable(response, 'ERR_QUEUE_FULL');
    counts.accepted++;
    answer(response, 202, { id: order.id });
  };

  const server = createServer((request, response) => {
    if (closed !== undefined) response.setHeader('Connection', 'close');
    const { method, url } = request;
    if (method === 'GET' && url === '/status') return answer(response, 200, status());
    if (method !== 'POST' || url !== '/orders') return answer(response, 404, { error: 'ERR_NO_SUCH_PAGE' });
    take(request, response).catch((error: unknown) => {
      if (error instanceof RequestError) {
        answer(response, error.status, { error: error.code, message: error.message });
      } else {
        answer(response, 500, { error: 'ERR_INTERNAL' });
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  }).catch(async (error: unknown) => {
    await handlers.finish(); // no worker goes on without a server
    throw error;
  });

  const finish = async (): Promise<void> => {
    const stopped = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await stopped; // requests that were under way have their answers
    await handlers.finish();
  };

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    workers: handlers.workers,
    status,
    close: () => (closed ??= finish()),
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let body = '';
  for await (const part of request as AsyncIterable<string>) {
    body += part;
    if (body.length > LONGEST_BODY) {
      throw new RequestError(413, 'ERR_ORDER_TOO_LONG', `An order has ${LONGEST_BODY} characters at most.`);
    }
  }
  return body;
}

function orderOf(body: string): Order {
  const { customer, article, quantity } = parsed(body);
  if (
    typeof customer === 'string' &&
    typeof article === 'string' &&
    Number.isSafeInteger(quantity) &&
    (quantity as number) > 0
  ) {
    return { id: randomUUID(), customer, article, quantity: quantity as number };
  }
  throw new RequestError(
    400,
    'ERR_ORDER',
    'An order is { "customer": text, "article": text, "quantity": whole number above 0 } as JSON.',
  );
}

function parsed(body: string): Record<string, unknown> {
  try {
    return (JSON.parse(body) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
