/** One end of multithreading's channel in a benchmark; the library starts it on a thread of its pool. */
import type { MessagePort } from 'node:worker_threads';
import { talkThrough } from './bench-rounds.js';
import { type LinkTask, runBack, runFront } from './link-tasks.js';
import { type Link, noSend } from './links/link.js';

export interface ChannelTrade {
  id: number;
  price: number;
  quantity: number;
}

type Outcome<T> = { ok: true; value: T } | { ok: false; error: Error };

// What is used of the library, whose own types need a browser's.
export interface Sender {
  blockingSend(trade: ChannelTrade): Outcome<void>;
}
export interface Receiver {
  blockingRecv(): Outcome<ChannelTrade>;
}

export interface HostData extends LinkTask {
  role: 'front' | 'back';
  /** Where this module is. */
  module: string;
}

/** Never resolves: what the thread was given stays open until the pool is shut down. */
export function host(
  data: HostData,
  port: MessagePort,
  sender?: Sender,
  receiver?: Receiver,
): Promise<never> {
  talkThrough(port);
  const sends: Link = sender ? sending(sender) : { send: noSend };
  const receives: Link = receiver ? receiving(receiver) : { send: noSend };
  if (data.role === 'front') runFront(data, sends, receives);
  else runBack(data, receives, sends);
  return new Promise(() => {});
}

function sending(sender: Sender): Link {
  return {
    send(id, price, quantity) {
      const sent = sender.blockingSend({ id, price, quantity });
      if (!sent.ok) throw sent.error;
    },
  };
}

function receiving(receiver: Receiver): Link {
  return {
    send: noSend,
    take(see) {
      const received = receiver.blockingRecv();
      if (!received.ok) throw received.error;
      const { id, price, quantity } = received.value;
      see(id, price, quantity);
    },
  };
}
