/** Figures and names as people read them. */
import type { Result } from '../harness.js';

const prefixes = ['', 'k', 'M', 'G'] as const;

/** Three digits and a prefix: 57.3 M. */
function scaled(figure: number): string {
  let rest = figure;
  let prefix = 0;
  while (Math.abs(rest) >= 999.5 && prefix < prefixes.length - 1) {
    rest /= 1000;
    prefix++;
  }
  return `${digits(rest)} ${prefixes[prefix]}`;
}

/** Three digits that count, and all that stand before the point. */
export function digits(figure: number): string {
  if (figure === 0) return '0';
  const size = Math.abs(figure);
  if (size < 0.001) return figure.toExponential(1);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return Number(figure.toFixed(decimals)).toLocaleString('en', { maximumFractionDigits: decimals });
}

/** A figure with its unit. */
export function show(figure: number, unit: string): string {
  if (unit.endsWith('/s')) {
    const what = unit === 'events/s' ? '' : `${unit.slice(0, -2)}`;
    return what === '' ? `${scaled(figure)}/s` : `${scaled(figure).trimEnd()} ${what}/s`;
  }
  if (unit === 'ns') {
    if (figure >= 999.5e6) return `${digits(figure / 1e9)} s`;
    if (figure >= 999.5e3) return `${digits(figure / 1e6)} ms`;
    return figure >= 999.5 ? `${digits(figure / 1e3)} µs` : `${digits(figure)} ns`;
  }
  if (unit === 'bytes') return `${scaled(figure)}B`;
  return `${digits(figure)} ${unit === 'percent' || unit.startsWith('%') ? '%' : unit}`;
}

/** What is better: more of it, as events a second; or less, as time, bytes, processor time. */
export const moreIsBetter = (unit: string): boolean => unit.endsWith('/s');

/** How many times better `one` is than `other`. */
export const timesBetter = (one: Result, other: Result): number =>
  moreIsBetter(one.unit) ? one.median / other.median : other.median / one.median;

/** A ratio: 12×, 1.4×, 0.31×. */
export function times(ratio: number): string {
  if (!Number.isFinite(ratio) || ratio === 0) return '–';
  return `${ratio >= 9.95 ? Math.round(ratio).toLocaleString('en') : ratio.toPrecision(2)}×`;
}

/** Whether a system is the ring: it has one colour everywhere. */
export const isRing = (system: string): boolean => /^slipring\b/.test(system);

const systems: Readonly<Record<string, string>> = {
  slipring: 'slipring',
  native: 'C++ ring',
  'post-message': 'postMessage',
  'broadcast-channel': 'BroadcastChannel',
  'lock-condition': 'lock, conditions',
  'lock-semaphore': 'lock, semaphores',
  'lmax-yielding': 'LMAX, yielding',
  'lmax-busy-spin': 'LMAX, busy spin',
  'lmax-blocking': 'LMAX, blocking',
  lmax: 'LMAX Disruptor',
};

/** A system's name for people; that of a variant is its system's and the rest. */
export function nameOf(system: string): string {
  if (system in systems) return systems[system];
  const known = Object.keys(systems)
    .filter((name) => system.startsWith(`${name}-`))
    .sort((a, b) => b.length - a.length)[0];
  if (known === undefined) return system;
  return `${systems[known]}, ${system.slice(known.length + 1).replaceAll('-', ' ')}`;
}

/** A result's system, and that its answers were wrong if they were: such a figure is shown to warn, not to compare. */
export const labelOf = ({ system, verified }: Result): string =>
  verified ? nameOf(system) : `${nameOf(system)} (wrong results)`;
