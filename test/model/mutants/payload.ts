/** Arenas, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const arena = 'payload/arena.js';
const producer = 'payload/producer.js';

const half = 'payloads: 1 producer, 3 events of half an arena';
const wrap = 'payloads: 1 producer, events that leave the end of the arena empty, across the wrap';
const room = 'payloads: 1 producer, an event that needs the room of two, and what is left behind them';
const throws = 'payloads: 1 producer, fills that throw between events';
const chain = 'payloads: 1 producer, through a chain';
const many = 'payloads: 2 producers, 3 and 2 events of half an arena';
const heir = 'payloads: a producer leaves, and the next goes on';
const dying = 'payloads: a producer dies at any step, and the next goes on';

const overwritten = ['race', 'assertion'] as const;
const stuck = ['deadlock', 'livelock', 'op-cap', 'assertion'] as const;

export const payloadMutants: readonly Mutant[] = [
  // --- Freed too early.
  mutant(
    'bytes are freed one event too early',
    half,
    overwritten,
    arena,
    'this.sequences[this.first] <= passed',
    'this.sequences[this.first] <= passed + 1',
  ),
  mutant(
    'bytes are freed as they are published',
    chain,
    overwritten,
    producer,
    'this.packer.arena.free(this.core.limit - this.core.capacity);',
    'this.packer.arena.free(this.core.next);',
  ),
  mutant(
    'bytes are freed a lap too early',
    many,
    overwritten,
    producer,
    'this.packer.arena.free(this.core.limit - this.core.capacity);',
    'this.packer.arena.free(this.core.limit);',
  ),
  mutant(
    'a claim keeps its bytes up to its first event only',
    half,
    overwritten,
    producer,
    'this.packer.commit(first + rows);',
    'this.packer.commit(first);',
  ),
  mutant(
    'the next in a seat finds an empty arena',
    heir,
    overwritten,
    arena,
    'this.freed = -size;',
    'this.freed = 0;',
  ),
  mutant(
    'the next in a seat takes it for one that nobody has had',
    heir,
    overwritten,
    producer,
    'if (unused)',
    'if (unused || true)',
  ),
  mutant(
    'the heir of a dead producer finds an empty arena',
    dying,
    overwritten,
    arena,
    'this.freed = -size;',
    'this.freed = 0;',
  ),

  // --- In the wrong place.
  mutant(
    'a payload starts where it was before the lap ended',
    wrap,
    [...overwritten, ...stuck],
    arena,
    'this.align(bytes);\n        const start = this.at;',
    'const start = this.at;\n        this.align(bytes);',
  ),
  mutant(
    'what is left empty at the end of a lap is not counted',
    wrap,
    overwritten,
    arena,
    'this.taken += this.size - this.at;\n        this.at = 0;',
    'this.at = 0;',
  ),
  mutant(
    'what would be left empty at the end of a lap is not looked for',
    room,
    overwritten,
    arena,
    'return bytes <= left ? bytes : left + bytes;',
    'return bytes;',
  ),
  mutant(
    'a place is told without its arena',
    many,
    overwritten,
    'payload/packer.js',
    'this.place = placeOf(offset) + 1;',
    'this.place = placeOf(offset - this.base) + 1;',
  ),

  // --- Forgotten.
  mutant(
    'what a fill took before it threw is forgotten',
    throws,
    stuck,
    arena,
    'this.goBack(this.claimAt, this.claimTaken);',
    '',
  ),
  mutant(
    'a wait for bytes ends one event too early',
    half,
    stuck,
    'payload/waits.js',
    'return this.core.lookPast(this.goal);',
    'return this.core.lookPast(this.goal - 1);',
  ),
  mutant(
    'an event is published before its payload is told',
    half,
    overwritten,
    producer,
    'this.stage.copy(first, rows);\n        this.packer.commit(first + rows);\n        if (!this.core.publish(rows))\n            this.failed();',
    'this.packer.commit(first + rows);\n        if (!this.core.publish(rows))\n            this.failed();\n        this.stage.copy(first, rows);',
  ),
];
