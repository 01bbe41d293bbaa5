/** What the platform has: messages by a port, by a broadcast channel, and by a port that is read while its thread sleeps on a word. */
import { type MessagePort, receiveMessageOnPort, type BroadcastChannel as NodeChannel } from 'node:worker_threads';
import type { Link, See } from './link.js';

export interface PortLink {
  kind: 'port';
  port: MessagePort;
}

export interface BroadcastLink {
  kind: 'broadcast';
  name: string;
}

export interface OnPortLink {
  kind: 'on-port';
  port: MessagePort;
  /** A word that counts the messages. */
  word: SharedArrayBuffer;
}

/** A trade is an object, many are an array of numbers: three a trade. */
type Message = { id: number; price: number; quantity: number } | Float64Array<ArrayBuffer>;

function pack(into: Float64Array<ArrayBuffer>, first: number): Float64Array<ArrayBuffer> {
  for (let at = 0, n = first; at < into.length; at += 3, n++) {
    into[at] = n;
    into[at + 1] = n * 0.5;
    into[at + 2] = n & 1023;
  }
  return into;
}

function seeMessage(message: Message, see: See): void {
  if (message instanceof Float64Array)
    for (let at = 0; at < message.length; at += 3) see(message[at], message[at + 1], message[at + 2]);
  else see(message.id, message.price, message.quantity);
}

/** A link of whatever posts: one scratch array serves all messages, since posting copies it. */
function posting(post: (message: Message) => void): Pick<Link, 'send' | 'sendMany'> {
  let scratch = new Float64Array(0);
  return {
    send: (id, price, quantity) => post({ id, price, quantity }),
    sendMany(first, count) {
      if (scratch.length !== count * 3) scratch = new Float64Array(count * 3);
      post(pack(scratch, first));
    },
  };
}

export function portLink({ port }: PortLink): Link {
  return {
    ...posting((message) => port.postMessage(message)),
    listen: (see) => void port.on('message', (message: Message) => seeMessage(message, see)),
  };
}

export function broadcastLink({ name }: BroadcastLink): Link {
  const channel = new BroadcastChannel(name) as unknown as NodeChannel;
  return {
    ...posting((message) => channel.postMessage(message)),
    listen(see) {
      channel.onmessage = (event: unknown) => seeMessage((event as { data: Message }).data, see);
    },
  };
}

export function onPortLink({ port, word }: OnPortLink): Link {
  const count = new Int32Array(word);
  return {
    ...posting((message) => {
      port.postMessage(message);
      Atomics.add(count, 0, 1);
      Atomics.notify(count, 0);
    }),
    take(see) {
      while (true) {
        const seen = Atomics.load(count, 0);
        const received = receiveMessageOnPort(port) as { message: Message } | undefined;
        if (received !== undefined) {
          seeMessage(received.message, see);
          return;
        }
        Atomics.wait(count, 0, seen);
      }
    },
  };
}
