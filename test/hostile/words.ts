/** Every control word of a ring, by name, and what a hostile hand may write into it. */
import type { EventType } from 'slipring';
import type * as layoutModule from '../../src/core/layout.js';
import type * as headerModule from '../../src/core/header.js';

const built = async <T>(file: string): Promise<T> =>
  (await import(new URL(`../../../dist/core/${file}`, import.meta.url).href)) as T;

const layouts = await built<typeof layoutModule>('layout.js');
const headers = await built<typeof headerModule>('header.js');

/** One word, by its index in the buffer's 32-bit words. */
export interface Word {
  readonly name: string;
  readonly index: number;
}

/** The words that slipring reads of this ring: not the columns' own values, nor unused bytes. */
export function wordsOfRing(buffer: SharedArrayBuffer, { fields }: EventType): Word[] {
  const { header, shared, seat, failureWord, nameOffset, planLayout } = layouts;
  const view = new Int32Array(buffer);
  const shape = headers.readShape(view);
  const columns = fields.map(({ type, elementBytes }) => ({ bytes: elementBytes, length: type.length }));
  const layout = planLayout({ ...shape, columns });
  const found: Word[] = [];
  const add = (name: string, index: number): void => void found.push({ name, index });
  for (const [name, index] of Object.entries({ ...header, ...shared })) add(name, index);
  for (let word = 0; word < 3; word++) {
    add(`reason ${word}`, layout.reasonOffset / 4 + word);
    add(`schema ${word}`, layout.schemaOffset / 4 + word);
  }
  const addSeat = (name: string, at: number, named: boolean): void => {
    for (const [word, offset] of Object.entries(seat)) add(`${name} ${word}`, at + offset);
    for (let word = 0; word < 4; word++) add(`${name} failure's details ${word}`, failureWord(at) + word);
    if (named) add(`${name} name itself`, nameOffset(at) / 4);
  };
  for (let number = 0; number < shape.producers; number++)
    addSeat(`producer ${number}`, layouts.producerSeat(layout, number), false);
  for (let number = 0; number < layout.seatCount; number++)
    addSeat(`consumer ${number}`, layouts.consumerSeat(layout, number), true);
  for (let number = 0; number < shape.workers; number++)
    addSeat(`worker ${number}`, layouts.workerSeat(layout, number), false);
  for (let number = 0; shape.workers > 1 && number < shape.workers; number++) {
    const wins = layouts.winsWord(layout, layouts.workerSeat(layout, number));
    for (let slot = 0; slot < shape.capacity; slot++) add(`worker ${number} win ${slot}`, wins + slot);
  }
  for (let slot = 0; shape.producers > 1 && slot < shape.capacity; slot++)
    add(`stamp ${slot}`, layout.stamps + slot);
  fields.forEach(({ name, type }, i) => {
    if (!('payload' in type)) return;
    const first = layout.columnOffsets[i] / 4;
    for (let slot = 0; slot < shape.capacity; slot++) {
      add(`${name} ${slot} place`, first + 2 * slot);
      add(`${name} ${slot} length`, first + 2 * slot + 1);
    }
  });
  return found;
}

/** What is written: a value, or what stands there with something added or with bits turned over. */
export interface Rubbish {
  readonly how: 'is' | 'plus' | 'flip';
  readonly operand: number;
}

const is = (operand: number): Rubbish => ({ how: 'is', operand });

/** The values that every word gets: the edges, its neighbours, each bit, and bytes that no UTF-8 has. */
export const rubbish: readonly Rubbish[] = [
  ...[0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0xc0c0c0c0 | 0, 0xfffefdfc | 0].map(is),
  { how: 'plus', operand: 1 },
  { how: 'plus', operand: -1 },
  ...Array.from({ length: 32 }, (_, bit): Rubbish => ({ how: 'flip', operand: 1 << bit })),
];

/** Writes it. */
export function write(buffer: SharedArrayBuffer, { index }: Word, { how, operand }: Rubbish): void {
  const words = new Int32Array(buffer);
  if (how === 'is') Atomics.store(words, index, operand);
  else if (how === 'plus') Atomics.add(words, index, operand);
  else Atomics.xor(words, index, operand);
  Atomics.notify(words, index);
}
