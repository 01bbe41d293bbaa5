/** A thread of the kill harness: takes orders, plays one role after another, until it is terminated. */
import { parentPort } from 'node:worker_threads';
import { SlipringError } from 'slipring';
import type { Orders, Outcome } from '../test/crash/roles.js';
import { consume } from './crash-consume.js';
import { Place } from './crash-place.js';
import { produce } from './crash-produce.js';
import { recover } from './crash-recover.js';
import { serveAll } from './crash-serve.js';
import { visit } from './crash-visit.js';

const port = parentPort!;

async function play(orders: Orders): Promise<Outcome> {
  const { role } = orders;
  const place = new Place(orders);
  try {
    switch (role.does) {
      case 'produce':
        return await produce(role, place);
      case 'consume':
        return await consume(role, place);
      case 'serve':
        return await serveAll(role, place);
      case 'visit':
        return visit(role, place);
      case 'recover':
        return recover(place);
      case 'close':
        place.bench(role.ring).ring.close();
        return { how: 'done' };
    }
  } catch (error) {
    const code = error instanceof SlipringError ? `${error.code} ` : '';
    return {
      how: 'failed',
      error: `${code}${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    };
  }
}

port.on('message', (orders: Orders) => {
  void play(orders).then((outcome) => port.postMessage(outcome));
});
port.postMessage('ready');
