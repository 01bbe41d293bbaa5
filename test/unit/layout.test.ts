import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seatOwner, seatState, leaveSeat, takeSeat, TAKEN, VACANT } from '../../src/core/seats.js';
import {
  consumerSeat,
  FAILURE_BYTES,
  failureWord,
  header,
  type Layout,
  LINE_BYTES,
  MAX_CONSUMER_SEATS,
  MAX_PRODUCERS,
  MAX_WORKERS,
  nameOffset,
  planLayout,
  producerSeat,
  REASON_BYTES,
  type RingShape,
  seat,
  shared,
} from '../../src/core/layout.js';

const shapes: [string, RingShape][] = [
  ['the smallest ring', shape({ nameBytes: 1, schemaBytes: 0, columns: [] })],
  ['one column of bytes', shape({ columns: [{ bytes: 1, length: 1 }] })],
  [
    'columns of every width',
    shape({ capacity: 4, columns: [1, 2, 4, 8].map((bytes) => ({ bytes, length: 1 })) }),
  ],
  [
    'array columns',
    shape({
      capacity: 2,
      columns: [
        { bytes: 8, length: 3 },
        { bytes: 1, length: 5 },
        { bytes: 4, length: 65_536 },
      ],
    }),
  ],
  ['several producers, consumers and spare seats', shape({ producers: 3, consumers: 5, spareSeats: 4 })],
  ['the longest names', shape({ consumers: 3, nameBytes: 64 })],
  ['a long schema', shape({ schemaBytes: 1001 })],
  ['every seat', shape({ consumers: MAX_CONSUMER_SEATS - 1, spareSeats: 1 })],
];

function shape(part: Partial<RingShape>): RingShape {
  return {
    capacity: 1,
    producers: 1,
    consumers: 1,
    spareSeats: 0,
    workers: 0,
    nameBytes: 6,
    schemaBytes: 27,
    columns: [
      { bytes: 4, length: 1 },
      { bytes: 8, length: 1 },
    ],
    ...part,
  };
}

interface Part {
  readonly name: string;
  readonly from: number;
  readonly bytes: number;
}

/** Everything that the map gives a place to, in bytes. */
function partsOf(shape: RingShape, layout: Layout): Part[] {
  const seatParts = (name: string, word: number): Part[] => [
    ...Object.entries(seat)
      // In a worker's seat only, in place of the name's length.
      .filter(([field]) => field !== 'won')
      .map(([field, offset]) => ({
        name: `${name}.${field}`,
        from: (word + offset) * 4,
        bytes: field === 'after' ? MAX_CONSUMER_SEATS / 8 : 4,
      })),
    { name: `${name}.name`, from: nameOffset(word), bytes: shape.nameBytes },
    {
      name: `${name}.failure message`,
      from: failureWord(word) * 4,
      bytes: FAILURE_BYTES,
    },
  ];
  return [
    ...Object.entries(header).map(([name, word]) => ({ name, from: word * 4, bytes: 4 })),
    ...Object.entries(shared).map(([name, word]) => ({ name, from: word * 4, bytes: 4 })),
    { name: 'reason', from: layout.reasonOffset, bytes: REASON_BYTES },
    { name: 'schema', from: layout.schemaOffset, bytes: shape.schemaBytes },
    ...Array.from({ length: shape.producers }, (_, i) =>
      seatParts(`producer ${i}`, producerSeat(layout, i)),
    ).flat(),
    ...Array.from({ length: layout.seatCount }, (_, i) =>
      seatParts(`consumer ${i}`, consumerSeat(layout, i)),
    ).flat(),
    ...shape.columns.map(({ bytes, length }, i) => ({
      name: `column ${i}`,
      from: layout.columnOffsets[i],
      bytes: bytes * length * shape.capacity,
    })),
  ];
}

describe.each(shapes)('the map of a ring with %s', (_, shape) => {
  const layout = planLayout(shape);
  const parts = partsOf(shape, layout).filter(({ bytes }) => bytes > 0);

  it('B-52: gives no byte to two parts, and none lies beyond the end', () => {
    const sorted = parts.toSorted((a, b) => a.from - b.from);
    for (const [i, part] of sorted.entries()) {
      const end = sorted[i + 1]?.from ?? layout.byteLength;
      expect(
        part.from + part.bytes,
        `${part.name} ends before ${sorted[i + 1]?.name ?? 'the end'} starts`,
      ).toBeLessThanOrEqual(end);
    }
    expect(sorted[0].from).toBeGreaterThanOrEqual(0);
  });

  it('B-52: has room for the whole header on the header’s line', () => {
    for (const [name, word] of Object.entries(header))
      expect(word * 4 + 4, name).toBeLessThanOrEqual(LINE_BYTES);
    for (const [name, word] of Object.entries(shared))
      expect(word * 4, name).toBeGreaterThanOrEqual(LINE_BYTES);
  });

  it('gives every word that one thread writes while another polls a line of its own', () => {
    const hot = [
      { name: 'ending', at: shared.ending * 4 },
      { name: 'cursor', at: shared.cursor * 4 },
      ...Array.from({ length: shape.producers }, (_, i) => ({
        name: `position of producer ${i}`,
        at: (producerSeat(layout, i) + seat.position) * 4,
      })),
      ...Array.from({ length: layout.seatCount }, (_, i) => ({
        name: `position of consumer ${i}`,
        at: (consumerSeat(layout, i) + seat.position) * 4,
      })),
    ];
    const linesOf = (part: Part): number[] => {
      const first = Math.floor(part.from / LINE_BYTES);
      const last = Math.floor((part.from + part.bytes - 1) / LINE_BYTES);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    };
    const owners = new Map<number, Set<string>>();
    for (const part of parts) {
      for (const line of linesOf(part))
        owners.set(line, (owners.get(line) ?? new Set()).add(`${part.name}@${part.from}`));
    }
    for (const { name, at } of hot) expect([...owners.get(at / LINE_BYTES)!], name).toHaveLength(1);
  });

  it('aligns every word and every element, and starts each column on a line', () => {
    for (const part of parts) {
      if (part.bytes === 4 && !part.name.startsWith('column')) expect(part.from % 4, part.name).toBe(0);
    }
    for (const offset of layout.columnOffsets) expect(offset % LINE_BYTES).toBe(0);
    expect(layout.reasonOffset % 4).toBe(0);
    expect(layout.byteLength % LINE_BYTES).toBe(0);
  });

  it('keeps all control words before the first column', () => {
    for (const part of parts.filter(({ name }) => !name.startsWith('column'))) {
      expect(part.from + part.bytes, part.name).toBeLessThanOrEqual(layout.controlWords * 4);
    }
    for (const offset of layout.columnOffsets) expect(offset).toBeGreaterThanOrEqual(layout.controlWords * 4);
  });

  it('places the control words alike for whoever does not know the columns', () => {
    const {
      columnOffsets: _offsets,
      byteLength: _bytes,
      arenas: _arenas,
      ...known
    } = planLayout({
      ...shape,
      columns: [],
    });
    expect(layout).toMatchObject(known);
  });
});

it('the arenas lie at the end, one for each producer, each on a line', () => {
  const shape = { capacity: 4, consumers: 1, spareSeats: 0, workers: 0, nameBytes: 8, schemaBytes: 10 };
  const columns = [{ bytes: 4, length: 2 }];
  const without = planLayout({ ...shape, producers: 3, columns });
  const layout = planLayout({ ...shape, producers: 3, columns, arenaBytes: 5 * LINE_BYTES });
  expect(layout).toEqual({ ...without, byteLength: without.byteLength + 15 * LINE_BYTES });
  expect(layout.arenas).toBe(without.byteLength);
  expect(layout.arenas % LINE_BYTES).toBe(0);
});

it('a spare seat takes as much room as a declared one', () => {
  const declared = planLayout(shape({ consumers: 3 }));
  const spare = planLayout(shape({ consumers: 1, spareSeats: 2 }));
  expect(spare).toEqual(declared);
});

it('a ring of more than 4 GiB is mapped exactly', () => {
  const layout = planLayout(
    shape({
      capacity: 2 ** 27,
      columns: [
        { bytes: 8, length: 8 },
        { bytes: 1, length: 1 },
      ],
    }),
  );
  expect(layout.columnOffsets[1] - layout.columnOffsets[0]).toBe(2 ** 33);
  expect(layout.byteLength).toBe(layout.columnOffsets[1] + 2 ** 27);
});

describe('the state word of a seat', () => {
  const words = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

  it('is taken by one, and by nobody else until that one left', () => {
    const seats = words();
    const mine = takeSeat(seats, 1, 7)!;
    expect(seatState(seats[1])).toBe(TAKEN);
    expect(seatOwner(seats[1])).toBe(7);
    expect(takeSeat(seats, 1, 8)).toBeUndefined();
    expect(leaveSeat(seats, 1, mine)).toBe(true);
    expect(seatState(seats[1])).toBe(VACANT);
    expect(takeSeat(seats, 1, 8)).toBeDefined();
    expect(seats[0]).toBe(0);
  });

  it('cannot be left twice, nor by who held it before', () => {
    const seats = words();
    const first = takeSeat(seats, 0, 7)!;
    expect(leaveSeat(seats, 0, first)).toBe(true);
    expect(leaveSeat(seats, 0, first)).toBe(false);
    const second = takeSeat(seats, 0, 7)!;
    expect(second).not.toBe(first);
    expect(leaveSeat(seats, 0, first)).toBe(false);
    expect(seatState(seats[0])).toBe(TAKEN);
  });

  it('is taken and left for ever: generations come round', () => {
    const seats = words();
    for (let round = 0; round < 70_000; round++) {
      const mine = takeSeat(seats, 0, round)!;
      if (!leaveSeat(seats, 0, mine)) throw new Error(`round ${round}`);
    }
    expect(seatState(seats[0])).toBe(VACANT);
  });
});

it('docs/memory-map.md says how many of each there can be', () => {
  const map = readFileSync(new URL('../../docs/memory-map.md', import.meta.url), 'utf8');
  expect(map).toContain(`\`spareLossySeats\`; ${MAX_CONSUMER_SEATS} together at most`);
  expect(map).toContain(`Producers: ${MAX_PRODUCERS} at most; workers of a group, ${MAX_WORKERS};`);
});
