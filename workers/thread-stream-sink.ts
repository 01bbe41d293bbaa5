/** The destination of a thread-stream in a benchmark: reads lines of trades, or messages of a fixed length, and checks them. */
import { Writable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import { Checker, ready, talkThrough, Tally } from './bench-rounds.js';
import { textOf } from './texts.js';

export interface SinkData {
  port: MessagePort;
  count: number;
  /** Characters a message; 0 for lines of trades. */
  length: number;
}

export default function sink({ port, count, length }: SinkData): Writable {
  talkThrough(port);
  const see = length === 0 ? lines(new Checker(count)) : messages(new Tally(count), length);
  ready();
  return new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      see(chunk);
      done();
    },
  });
}

function lines(checker: Checker): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const text = rest + chunk;
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const [id, price, quantity] = text.slice(from, end).split(',');
      checker.see(Number(id), Number(price), Number(quantity));
      from = end + 1;
    }
    rest = text.slice(from);
  };
}

function messages(tally: Tally, length: number): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const text = rest + chunk;
    let from = 0;
    for (; text.length - from >= length; from += length)
      tally.see(text.slice(from, from + length) === textOf(tally.next, length));
    rest = text.slice(from);
  };
}
