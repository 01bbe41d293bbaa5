/** Customers that all come at once, and come again when they are told to. */
import { Agent, request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: { readonly id?: string; readonly error?: string };
}

/** Sends one request. `body` is sent as it is. */
export function send(url: string, agent: Agent, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method: body === undefined ? 'GET' : 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          body: JSON.parse(text) as Reply['body'],
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** What came of the load. */
export interface Outcome {
  /** Ids of the orders that were accepted. */
  readonly accepted: string[];
  /** Answers of 503. */
  refused: number;
}

/** Sends `orders` orders, at most `customers` at a time; who is refused comes again after `Retry-After`. */
export async function load(url: string, orders: number, customers: number): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: customers });
  const outcome: Outcome = { accepted: [], refused: 0 };
  let next = 0;
  const customer = async (): Promise<void> => {
    while (next < orders) {
      const n = next++;
      const body = JSON.stringify({ customer: `customer ${n % 7}`, article: 'bolt', quantity: 1 + (n % 9) });
      for (;;) {
        const reply = await send(`${url}/orders`, agent, body);
        if (reply.status === 202) {
          outcome.accepted.push(reply.body.id!);
          break;
        }
        if (reply.status !== 503) throw new Error(`an order was answered with ${reply.status}`);
        outcome.refused++;
        await new Promise((resolve) => setTimeout(resolve, 1000 * Number(reply.retryAfter)));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: customers }, customer));
  } finally {
    agent.destroy();
  }
  return outcome;
}
