/** The stages over postMessage: one message a record, and one a flight to each aggregator. Nothing holds a sender back. */
import { MessageChannel, type MessagePort, parentPort } from 'node:worker_threads';
import { gatherChunks, gatherLots, type Lot, splitChunk } from './batches.js';
import { type Connections, type Link, PARSERS, type Result, type Role } from './link.js';
import type { Flight } from './parse.js';
import type { By, Count } from './tally.js';

interface PostLinkData {
  /** To the reader: one of each parser. To a parser, the reader's; then both aggregators'. To an aggregator: one of each parser. */
  readonly from: readonly MessagePort[];
  readonly to: readonly MessagePort[];
}

interface CountMessage {
  readonly count: Count;
}

export function makePorts(): Connections {
  const ends: Record<Role, { from: MessagePort[]; to: MessagePort[] }[]> = {
    reader: [{ from: [], to: [] }],
    parser: Array.from({ length: PARSERS }, () => ({ from: [], to: [] })),
    place: [{ from: [], to: [] }],
    hour: [{ from: [], to: [] }],
  };
  for (const parser of ends.parser) {
    for (const [a, b] of [
      [ends.reader[0], parser],
      [parser, ends.place[0]],
      [parser, ends.hour[0]],
    ]) {
      const { port1, port2 } = new MessageChannel();
      a.to.push(port1);
      b.from.push(port2);
    }
  }
  const found: Partial<Record<By, Count>> = {};
  let resolve: (result: Result) => void;
  let reject: (error: Error) => void;
  const result = new Promise<Result>((...both) => ([resolve, reject] = both));
  result.catch(() => {}); // told by whoever asks for it
  return {
    linkData(role, number) {
      const { from, to } = ends[role][number];
      return { data: { from, to } satisfies PostLinkData, transfer: [...from, ...to] };
    },
    result: () => result,
    onMessage(role, message) {
      if (role !== 'place' && role !== 'hour') return;
      found[role] = (message as CountMessage).count;
      if (found.place !== undefined && found.hour !== undefined)
        resolve({ place: found.place, hour: found.hour });
    },
    abort: (reason) => reject(new Error(reason)),
  };
}

const END = null;

/** Resolves when every port has ended. */
function receive<T>(ports: readonly MessagePort[], each: (message: T) => void): Promise<void> {
  let open = ports.length;
  return new Promise((resolve, reject) => {
    for (const port of ports) {
      port.on('message', (message: T | typeof END) => {
        try {
          if (message !== END) return each(message);
          port.close();
          if (--open === 0) resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    }
  });
}

/** A message has a chunk of many records, or a lot of many flights as typed arrays. */
export function openPostBatchLink(_role: Role, { from, to }: PostLinkData): Link {
  let next = 0;
  const chunks = gatherChunks((bytes) => {
    const chunk = new Uint8Array(bytes); // a copy, which is transferred
    to[next].postMessage(chunk, [chunk.buffer]);
    next = (next + 1) % to.length;
  });
  const lots = gatherLots(({ places, hours, delays }, count) => {
    for (const port of to) {
      const lot: Lot = {
        places: places.slice(0, count),
        hours: hours.slice(0, count),
        delays: delays.slice(0, count),
      };
      port.postMessage(lot, [lot.places.buffer, lot.hours.buffer, lot.delays.buffer]);
    }
  });
  const link = openPostLink(_role, { from, to });
  return {
    ...link,
    sendRecord: chunks.add,
    endRecords() {
      chunks.flush();
      link.endRecords();
    },
    receiveRecords: (each) => receive<Uint8Array>(from, (chunk) => splitChunk(chunk, each)),
    sendFlight: lots.add,
    endFlights() {
      lots.flush();
      link.endFlights();
    },
    receiveFlights: (each) =>
      receive<Lot>(from, ({ places, hours, delays }) => {
        for (let n = 0; n < places.length; n++) each(places[n], hours[n], delays[n]);
      }),
  };
}

export function openPostLink(_role: Role, { from, to }: PostLinkData): Link {
  let next = 0;
  const end = (): void => to.forEach((port) => port.postMessage(END));
  return {
    // A text: the cheapest form that a short row of bytes has in a message.
    sendRecord(bytes, from, end) {
      to[next].postMessage(bytes.toString('latin1', from, end));
      next = (next + 1) % to.length;
    },
    endRecords: end,
    receiveRecords(each) {
      const bytes = Buffer.alloc(1024);
      return receive<string>(from, (record) => each(bytes, 0, bytes.write(record, 'latin1')));
    },
    sendFlight({ place, hour, delay }) {
      const flight: Flight = { place, hour, delay };
      for (const port of to) port.postMessage(flight);
    },
    endFlights: end,
    receiveFlights: (each) => receive<Flight>(from, ({ place, hour, delay }) => each(place, hour, delay)),
    sendCount: (count) => parentPort!.postMessage({ count } satisfies CountMessage),
  };
}
