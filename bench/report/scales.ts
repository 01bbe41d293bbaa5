/** Where a value stands on an axis, from 0 to 1, and what is written there. */
export interface Scale {
  place(value: number): number;
  ticks: readonly { at: number; label: string }[];
  kind: 'linear' | 'logarithmic' | 'percentiles';
}

type Label = (value: number) => string;

/** From 0 to a round number above `top`. */
export function linear(top: number, label: Label): Scale {
  const rough = (top || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  const count = Math.max(1, Math.ceil((top || 1) / step - 1e-9));
  const end = step * count;
  return {
    kind: 'linear',
    place: (value) => value / end,
    ticks: Array.from({ length: count + 1 }, (_, i) => ({ at: i / count, label: label(i * step) })),
  };
}

/** Whole powers of ten around the values, all of which are above 0. */
export function logarithmic(low: number, high: number, label: Label): Scale {
  const exponent = (value: number): number => Math.log10(value);
  const first = Math.floor(exponent(low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(exponent(high) - 1e-9));
  const span = last - first;
  const exponents = Array.from({ length: span + 1 }, (_, i) => first + i);
  return {
    kind: 'logarithmic',
    place: (value) => (exponent(value) - first) / span,
    ticks: exponents.map((e) => ({ at: (e - first) / span, label: label(10 ** e) })),
  };
}

/** A logarithmic scale where values lie more than `factor` apart, else one from 0. */
export function fitting(values: readonly number[], label: Label, factor: number): Scale {
  const positive = values.filter((value) => value > 0);
  const low = Math.min(...positive);
  const high = Math.max(...positive);
  const apart = positive.length === values.length && high / low > factor;
  return apart ? logarithmic(low, high, label) : linear(Math.max(0, ...values), label);
}

/** Percentiles, each nine as wide as the one before: 50, 90, 99, 99.9; 100 stands at the end. */
export function percentiles(values: readonly number[]): Scale {
  const finite = values.filter((value) => value < 100);
  const nines = (value: number): number => -Math.log10(1 - value / 100);
  const last = Math.max(1, ...finite.map((value) => Math.ceil(nines(value) - 1e-6)));
  const end = values.includes(100) ? last + 1 : last;
  const named = [0, 90, 99, 99.9, 99.99, 99.999, 99.9999].slice(0, last + 1);
  return {
    kind: 'percentiles',
    place: (value) => (value === 100 ? 1 : nines(value) / end),
    ticks: [
      ...named.map((value) => ({ at: nines(value) / end, label: `${value} %` })),
      ...(end > last ? [{ at: 1, label: 'worst' }] : []),
    ],
  };
}
