/** A ring in C++ with release stores: what these cores can do without an engine between. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CAPACITY } from '../contenders.js';
import type { Entrant } from '../harness.js';
import type { Shape } from '../shapes.js';
import { canRun, childEntrant } from './child.js';

const source = fileURLToPath(new URL('native/ring.cpp', import.meta.url));
const folder = fileURLToPath(new URL('../../.build/native', import.meta.url));
const program = `${folder}/ring`;

/** Compiles it, or tells why it cannot. */
export function prepareNative(): { missing: string } | undefined {
  if (process.platform !== 'linux') return { missing: 'it sleeps by a futex, which only Linux has' };
  if (!canRun('g++')) return { missing: 'there is no g++: bench/peers/setup installs it on Debian' };
  mkdirSync(folder, { recursive: true });
  execFileSync('g++', ['-O2', '-std=c++17', '-pthread', '-o', program, source], { stdio: 'inherit' });
  return undefined;
}

function nativeEntrant(experiment: string, unit: Entrant['unit'], args: readonly (string | number)[]): Entrant {
  return childEntrant({ experiment, system: 'native', unit }, program, args.map(String));
}

/** `count` events a round, of all producers together. */
export function nativeInShape(
  { experiment, producers, batch, consumers, workers = 0 }: Shape,
  count: number,
  unit: Entrant['unit'] = 'events/s',
): Entrant {
  const graph = Object.entries(consumers)
    .filter(([name]) => name !== 'work')
    .map(([name, { after = [] }]) => `${name}:${after.join('+')}`);
  return nativeEntrant(experiment, unit, ['flow', CAPACITY, count, producers, batch, workers, ...graph]);
}

export const nativeRoundTrips = (experiment: string, wait: 'spin' | 'park', count: number): Entrant =>
  nativeEntrant(experiment, 'ns', ['trip', wait, count]);

export const nativePaced = (experiment: string, count: number, intervalNs: number): Entrant =>
  nativeEntrant(experiment, 'ns', ['paced', count, intervalNs]);

export const nativeMessages = (experiment: string, inFlight: number, length: number, count: number): Entrant =>
  nativeEntrant(experiment, 'events/s', ['bytes', inFlight, length, count]);
