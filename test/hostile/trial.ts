/** One trial: a ring, a few words of rubbish, and calls. */
import * as fc from 'fast-check';
import { openRing, SlipringError } from 'slipring';
import { calls, endings, World } from './calls.js';
import { leftScene, makeScene, type Scene, sceneNames } from './scenes.js';
import type { Vandal } from './vandal.js';
import { type Rubbish, rubbish, type Word, wordsOfRing, write } from './words.js';

/** When the rubbish is written: before the ring is opened, between two calls, inside one, or all the while by another thread. */
const moments = [
  'before openRing',
  'before the calls',
  'between the calls',
  'in a call',
  'in a handler',
  'all the while',
] as const;
export type Moment = (typeof moments)[number];

export interface Trial {
  readonly scene: string;
  readonly moment: Moment;
  readonly writes: readonly { readonly word: string; readonly rubbish: Rubbish }[];
  readonly calls: readonly string[];
  readonly ending: string;
  readonly pick: number;
}

/** What went wrong, or what was refused. */
export interface Verdict {
  readonly fault: string | undefined;
  /** Whether `openRing` refused. */
  readonly refused: boolean;
  readonly errors: number;
}

function wordsOfScene(scene: string): Word[] {
  const { handle, event } = leftScene(scene);
  return wordsOfRing(handle.buffer, event);
}

const words: Readonly<Record<string, readonly Word[]>> = Object.fromEntries(
  sceneNames.map((scene) => [scene, wordsOfScene(scene)]),
);
const namesOf = (scene: string): string[] => words[scene].map(({ name }) => name);
/** Every single write there is. */
const singles = sceneNames.flatMap((scene) =>
  namesOf(scene).flatMap((word) => rubbish.map((its) => ({ scene, word, rubbish: its }))),
);
/** How many trials it takes for every single write to be tried at every moment. */
export const exhaustive: number = 2 * singles.length * moments.length;

const script = {
  calls: fc.shuffledSubarray(Object.keys(calls), { minLength: 6, maxLength: 16 }),
  ending: fc.constantFrom(...Object.keys(endings)),
  pick: fc.nat(11),
};
const someRubbish = fc.oneof(
  fc.constantFrom(...rubbish),
  fc.record({ how: fc.constantFrom('is', 'plus', 'flip'), operand: fc.integer() }) as fc.Arbitrary<Rubbish>,
);
const several: fc.Arbitrary<Trial> = fc.constantFrom(...sceneNames).chain((scene) =>
  fc.record({
    scene: fc.constant(scene),
    moment: fc.constantFrom(...moments),
    writes: fc.array(fc.record({ word: fc.constantFrom(...namesOf(scene)), rubbish: someRubbish }), {
      minLength: 1,
      maxLength: 6,
    }),
    ...script,
  }),
);

/** Trial `number` of those that this seed stands for: single writes and several in turn, the single ones all after `exhaustive` trials. */
export function trialOf(seed: number, number: number): Trial {
  const sample = <T>(arbitrary: fc.Arbitrary<T>): T =>
    fc.sample(arbitrary, { seed: seed + number, numRuns: 1 })[0];
  if (number & 1) return sample(several);
  // A step that has no divisor in common with the count goes through all of them, far apart.
  const count = singles.length * moments.length;
  const at = (((number / 2) * 7_919 + seed) % count) >>> 0;
  const { scene, word, rubbish: its } = singles[at % singles.length];
  const moment = moments[Math.floor(at / singles.length)];
  return { scene, moment, writes: [{ word, rubbish: its }], ...sample(fc.record(script)) };
}

/** The trial in words. */
export function describeTrial({ scene, moment, writes, calls, ending, pick }: Trial): string {
  const written = writes.map(({ word, rubbish: { how, operand } }) => `${word} ${how} ${operand}`).join(', ');
  return `${scene} · ${moment}: ${written} · ${calls.join(', ')}, ${ending} (${pick})`;
}

/** Runs it. `tell` is told which call comes next. */
export async function runTrial(trial: Trial, vandal: Vandal, tell: (call: string) => void): Promise<Verdict> {
  let errors = 0;
  const faults: string[] = [];
  const attempt = async (name: string, call: () => unknown): Promise<void> => {
    tell(name);
    try {
      await call();
    } catch (error) {
      if (isNamed(error)) errors++;
      else faults.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  };
  const early = trial.moment === 'before openRing';
  let scene: Scene | undefined;
  if (early) await attempt('openRing', () => (scene = openScene(trial)));
  else scene = makeScene(trial.scene);
  if (scene === undefined) return { fault: faults[0], refused: true, errors };
  const { buffer } = scene.ring.handle;
  const world = new World(scene, trial.pick);
  if (early) await seatEverybody(world, attempt);

  const besieged = trial.moment === 'all the while';
  const stop = besieged ? vandal.start(buffer, wordsOfTrial(trial)) : (): void => {};
  let left = early || besieged ? [] : trial.writes;
  const strike = (): void => {
    const writes = left;
    left = [];
    scribble(buffer, { ...trial, writes });
  };
  if (trial.moment === 'in a call') world.onCall = strike;
  if (trial.moment === 'in a handler') world.onEvent = strike;
  const middle = trial.moment === 'before the calls' ? 0 : trial.calls.length >> 1;
  for (const [place, name] of trial.calls.entries()) {
    if (place === middle && world.onCall !== strike && world.onEvent !== strike) strike();
    await attempt(name, () => calls[name](world));
  }
  await attempt(trial.ending, () => endings[trial.ending](world));
  stop();
  await attempt('dispose', () => world.ring[Symbol.asyncDispose]());
  return { fault: faults[0], refused: false, errors };
}

function wordsOfTrial({ scene, writes }: Trial): { word: Word; rubbish: Rubbish }[] {
  return writes.map(({ word, rubbish: its }) => ({
    word: words[scene].find(({ name }) => name === word)!,
    rubbish: its,
  }));
}

function scribble(buffer: SharedArrayBuffer, trial: Trial): void {
  for (const { word, rubbish: its } of wordsOfTrial(trial)) write(buffer, word, its);
}

function openScene(trial: Trial): Scene {
  const { handle, event } = leftScene(trial.scene);
  scribble(handle.buffer, trial);
  return { ring: openRing(handle, event), event, producers: [], consumers: [] };
}

/** Takes whatever seats there are. */
async function seatEverybody(
  { ring, producers, consumers }: World,
  attempt: (name: string, call: () => unknown) => Promise<void>,
): Promise<void> {
  for (let count = 0; count < 2; count++)
    await attempt('openProducer', () => producers.push(ring.openProducer()));
  let names: readonly string[] = [];
  await attempt('consumerNames', () => (names = ring.consumerNames));
  for (const name of [...names, ...names])
    await attempt('openConsumer', () => consumers.push(ring.openConsumer(name)));
}

/** An error of slipring's: a class, a stable code, a sentence. */
function isNamed(error: unknown): boolean {
  return (
    error instanceof SlipringError &&
    /^ERR_[A-Z_]+$/.test(error.code) &&
    /^\S+ .{10,}\.$/s.test(error.message)
  );
}
