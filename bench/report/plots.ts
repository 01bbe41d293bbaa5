/**
 * Plots as SVG in strings. Everything stands at percentages across and at pixels down, so that a plot fits any width and its
 * letters keep their size. Colours are the page's.
 */
import { show, times } from './figures.js';
import { prose, text } from './html.js';
import type { Bar, Panel, Series } from './panels.js';
import { isRing } from './figures.js';
import { fitting, linear, logarithmic, percentiles, type Scale } from './scales.js';

const percent = (share: number): string => `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`;

/** Ticks that have room: of those closer than `room` to one before, none is written. */
function spaced(ticks: Scale['ticks'], room: number): Scale['ticks'] {
  const kept: { at: number; label: string }[] = [];
  for (const tick of ticks) if (kept.length === 0 || tick.at - kept.at(-1)!.at >= room) kept.push(tick);
  return kept;
}

/** As many of these ticks, which are equally far apart, as have room; the one at `centre` is among them. */
function spacedAround(centre: number, ticks: Scale['ticks'], room: number): Scale['ticks'] {
  const gap = ticks[1].at - ticks[0].at;
  const step = Math.ceil(room / gap);
  return ticks.filter(({ at }) => Math.round((at - centre) / gap) % step === 0);
}

/** The picture in its frame: what it shows stands in its title, for who cannot see it. */
function figure(id: string, title: string, below: string, height: number, body: string, legend = ''): string {
  return (
    `<figure class="plot"><figcaption>${prose(title)}</figcaption>${legend}\n` +
    `<div class="canvas"><svg role="img" aria-labelledby="${id}" width="100%" height="${height}">` +
    `<title id="${id}">${text(title)}</title>\n${body}\n</svg></div>` +
    `${below === '' ? '' : `<p class="note">${text(below)}</p>`}</figure>`
  );
}

const logNote = (scale: Scale): string =>
  scale.kind === 'logarithmic' ? 'The scale is logarithmic: each line is ten times the one before. ' : '';

/** A row each: name and figure above, the bar below, and a thin line from the least to the most. */
export function barPlot(id: string, title: string, unit: string, bars: readonly Bar[]): string {
  const ends = bars.flatMap(({ result }) => [result.median, result.max]);
  const label = (value: number): string => show(value, unit);
  const medians = bars.map(({ result }) => result.median);
  const wide = Math.min(...medians) > 0 && Math.max(...medians) / Math.min(...medians) > 40;
  const scale = wide
    ? logarithmic(
        Math.min(...bars.map(({ result }) => result.min).filter((least) => least > 0)) / 2,
        Math.max(...ends),
        label,
      )
    : linear(Math.max(...ends), label);
  const rows: string[] = [];
  let y = 4;
  let group: string | undefined;
  for (const { group: own, label: name, result } of bars) {
    if (own !== undefined && own !== group) {
      y += group === undefined ? 0 : 10;
      rows.push(`<text class="group" x="0" y="${y + 13}">${text(own)}</text>`);
      y += 22;
    }
    group = own;
    const at = (value: number): string => percent(value > 0 ? scale.place(value) : 0);
    const middle = y + 25;
    rows.push(
      `<text x="0" y="${y + 13}"${isRing(result.system) ? ' class="ours"' : ''}>${text(name)}</text>` +
        `<text class="value" x="100%" y="${y + 13}">${text(show(result.median, unit))}</text>` +
        `<rect class="${isRing(result.system) ? 'ring' : 'other'}" x="0" y="${y + 20}" width="${at(result.median)}" height="10" rx="2"/>` +
        `<path class="baseline" d="M0 ${y + 20}v10"/>` +
        `<line class="whisker" x1="${at(result.min)}" x2="${at(result.max)}" y1="${middle}" y2="${middle}"/>` +
        [result.min, result.max]
          .map(
            (end) =>
              `<line class="whisker" x1="${at(end)}" x2="${at(end)}" y1="${middle - 4}" y2="${middle + 4}"/>`,
          )
          .join(''),
    );
    y += 42;
  }
  const foot = y + 2;
  const grid = scale.ticks.map(
    ({ at }) => `<line class="grid" x1="${percent(at)}" x2="${percent(at)}" y1="0" y2="${foot}"/>`,
  );
  const labels = spaced(scale.ticks, 0.19).map(
    ({ at, label: written }) =>
      `<text class="tick" x="${percent(at)}" y="${foot + 16}" text-anchor="${anchor(at)}">${text(written)}</text>`,
  );
  const note = `${logNote(scale)}Thin lines: from the least to the most of all rounds.`;
  return figure(id, title, note, foot + 22, [...grid, ...rows, ...labels].join('\n'));
}

const anchor = (at: number): string => (at < 0.02 ? 'start' : at > 0.98 ? 'end' : 'middle');

const marks = [
  '<circle r="4.5"/>',
  '<rect x="-4" y="-4" width="8" height="8"/>',
  '<path d="M0-5.5 5.2 4H-5.2z"/>',
  '<path d="M0-6 6 0 0 6-6 0z"/>',
  '<path d="M0 5.5 5.2-4H-5.2z"/>',
  '<path d="M-5-2h3v-3h4v3h3v4h-3v3h-4v-3h-3z"/>',
] as const;

/** Each series with the class of its colour and its mark: the ring's is always the accent, others follow in turn. */
function styled(series: readonly Series[]): { one: Series; style: string; mark: string; dash: number }[] {
  let others = 0;
  let ours = 0;
  return series.map((one, i) => ({
    one,
    style: one.accent ? 'c0' : `c${1 + (others++ % 6)}`,
    dash: one.accent ? Math.min(3, ours++) : 0,
    mark: marks[i % marks.length],
  }));
}

function legendOf(series: readonly Series[]): string {
  if (series.length < 2) return '';
  const items = styled(series).map(
    ({ one, style, mark }) =>
      `<li><svg class="mark ${style}" width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">${mark}</svg>${text(one.label)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

const HEIGHT = 240;
const TOP = 10;

/** Lines over two axes. */
function linePlot(
  id: string,
  title: string,
  note: string,
  series: readonly Series[],
  x: Scale,
  y: Scale,
): string {
  const down = (value: number): number => TOP + HEIGHT * (1 - Math.min(1, Math.max(0, y.place(value))));
  const grid = y.ticks.map(({ at, label }) => {
    const level = TOP + HEIGHT * (1 - at);
    return (
      `<line class="grid" x1="0" x2="100%" y1="${level.toFixed(1)}" y2="${level.toFixed(1)}"/>` +
      `<text class="tick" x="-8" y="${(level + 4).toFixed(1)}" text-anchor="end">${text(label)}</text>`
    );
  });
  const foot = spaced(x.ticks, 0.115).map(
    ({ at, label }) =>
      `<text class="tick" x="${percent(at)}" y="${TOP + HEIGHT + 20}" text-anchor="middle">${text(label)}</text>`,
  );
  const lines = styled(series).map(({ one, style, mark, dash }) => {
    const places = one.points.map(({ x: across, y: value }) => ({
      at: percent(x.place(across)),
      y: down(value),
    }));
    const segments = places.slice(1).map((to, i) => {
      const from = places[i];
      return `<line class="segment${dash > 0 ? ` dash${dash}` : ''}" x1="${from.at}" y1="${from.y.toFixed(1)}" x2="${to.at}" y2="${to.y.toFixed(1)}"/>`;
    });
    const spreads = one.points.map(({ min, max }, i) =>
      min === undefined || max === undefined
        ? ''
        : `<line class="spread" x1="${places[i].at}" x2="${places[i].at}" y1="${down(min).toFixed(1)}" y2="${down(max).toFixed(1)}"/>`,
    );
    // A long course has a mark now and then.
    const every = places.length > 16 ? Math.ceil(places.length / 8) : 1;
    const points = places
      .filter((_, i) => i % every === 0)
      .map(({ at, y: level }) => `<svg x="${at}" y="${level.toFixed(1)}" overflow="visible">${mark}</svg>`);
    return `<g class="${style}">${spreads.join('')}${segments.join('')}${points.join('')}</g>`;
  });
  const body = [...grid, ...foot, ...lines.reverse()].join('\n');
  return figure(id, title, note, TOP + HEIGHT + 30, body, legendOf(series)).replace(
    'class="canvas"',
    'class="canvas axes"',
  );
}

const values = (series: readonly Series[], of: 'x' | 'y'): number[] =>
  series.flatMap(({ points }) => points.map((point) => point[of]));

const short = (value: number): string => {
  if (value >= 2 ** 20 && value % 2 ** 20 === 0) return `${value / 2 ** 20} Mi`;
  if (value >= 1024 && value % 1024 === 0) return `${value / 1024} Ki`;
  return value.toLocaleString('en', { maximumFractionDigits: 3 });
};

/** The scale of a quantity that was varied in steps, with a tick at each step. */
function stepped(steps: readonly number[]): Scale {
  const sorted = [...new Set(steps)].sort((a, b) => a - b);
  const low = sorted[0];
  const high = sorted.at(-1)!;
  const apart = low > 0 && high / low > 6;
  const place = (value: number): number => {
    if (high === low) return 0.5;
    return apart ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  };
  const ticks = sorted.map((value) => ({ at: place(value), label: short(value) }));
  return { kind: apart ? 'logarithmic' : 'linear', place, ticks };
}

/** The figures over a quantity that was varied. */
export function growthPlot(
  id: string,
  title: string,
  unit: string,
  series: readonly Series[],
  across: string,
): string {
  const y = fitting(
    series.flatMap(({ points }) =>
      points.flatMap(({ y: value, min = value, max = value }) => [min, value, max]),
    ),
    (value) => show(value, unit),
    40,
  );
  return linePlot(
    id,
    title,
    `Across: ${across}. ${logNote(y)}Thin lines: from the least to the most.`,
    series,
    stepped(values(series, 'x')),
    y,
  );
}

/** As many series as can be told apart: the ring's, and the six others that are best, of each system its best variant. */
function fewer(series: readonly Series[]): readonly Series[] {
  if (series.filter(({ accent }) => !accent).length <= 6) return series;
  const best = new Map<string, Series>();
  const first = ({ points }: Series): number => points[0].y;
  for (const one of series.filter(({ accent }) => !accent)) {
    const [system] = one.label.split(',');
    const known = best.get(system);
    if (known === undefined || first(one) < first(known)) best.set(system, one);
  }
  const kept = [...best.values()].sort((a, b) => first(a) - first(b)).slice(0, 6);
  return series.filter((one) => one.accent || kept.includes(one));
}

/** Latencies by percentile: how many of the events were at least as fast as that. */
export function percentilePlot(id: string, title: string, unit: string, series: readonly Series[]): string {
  const shown = fewer(series);
  const y = fitting(values(shown, 'y'), (value) => show(value, unit), 10);
  const note = `Across: the share of events that were at most that slow. ${logNote(y)}${shown.length < series.length ? 'The best of each system; all are in the table.' : ''}`;
  return linePlot(id, title, note.trim(), shown, percentiles(values(shown, 'x')), y);
}

/** A figure as it went. */
export function coursePlot(
  id: string,
  title: string,
  unit: string,
  series: readonly Series[],
  across: string,
): string {
  const x = linear(Math.max(...values(series, 'x')), (value) => short(value));
  const y = fitting(values(series, 'y'), (value) => show(value, unit), 200);
  return linePlot(id, title, `Across: ${across}. ${logNote(y)}`.trim(), series, x, y);
}

/** A row of the ratios of one scenario. */
export interface RatioRow {
  label: string;
  /** By family, in the order of their names; undefined where it has no figure. */
  ratios: readonly (number | undefined)[];
}

/** How many times better than each of the others: a row a scenario, a mark each. Right of 1 is better, left of it worse. */
export function ratioPlot(
  id: string,
  title: string,
  families: readonly string[],
  rows: readonly RatioRow[],
): string {
  const ratios = rows.flatMap(({ ratios: own }) => own).filter((ratio) => ratio !== undefined);
  const ends = [Math.min(0.5, ...ratios), Math.max(2, ...ratios)] as const;
  const scale = logarithmic(
    ends[0],
    ends[1],
    (value) => `${value < 1 ? value : value.toLocaleString('en')}×`,
  );
  const [top, height] = [22, 34];
  const foot = top + rows.length * height;
  const one = percent(scale.place(1));
  const body = [
    `<rect class="behind" x="0" y="${top - 4}" width="${one}" height="${foot - top + 6}"/>`,
    `<text class="tick" x="${one}" dx="-8" y="11" text-anchor="end">◂ behind</text>`,
    `<text class="tick" x="${one}" dx="8" y="11">ahead ▸</text>`,
    ...scale.ticks.map(
      ({ at }) =>
        `<line class="${Math.abs(at - scale.place(1)) < 1e-9 ? 'even' : 'grid'}" x1="${percent(at)}" x2="${percent(at)}" y1="${top - 4}" y2="${foot + 2}"/>`,
    ),
    ...spacedAround(scale.place(1), scale.ticks, 0.19).map(
      ({ at, label }) =>
        `<text class="tick" x="${percent(at)}" y="${foot + 18}" text-anchor="${anchor(at)}">${text(label)}</text>`,
    ),
    ...rows.map(({ label, ratios: own }, i) => {
      const y = top + i * height;
      const points = own.map((ratio, family) =>
        ratio === undefined
          ? ''
          : `<g class="c${1 + family}"><svg x="${percent(scale.place(ratio))}" y="${y + 23}" overflow="visible"><title>${text(`${families[family]}: ${times(ratio)}`)}</title>${marks[family % marks.length]}</svg></g>`,
      );
      return (
        `<line class="grid" x1="0" x2="100%" y1="${y + 23}" y2="${y + 23}"/>` +
        `<text class="scenario" x="0" y="${y + 13}">${text(label)}</text>${points.join('')}`
      );
    }),
  ].join('\n');
  const items = families.map(
    (family, i) =>
      `<li><svg class="mark c${1 + i}" width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">${marks[i % marks.length]}</svg>${text(family)}</li>`,
  );
  const note =
    'Each mark: how many times as many events, or in what part of the time. The scale is logarithmic: each line is ten times the one before. All figures stand in the table below.';
  return figure(id, title, note, foot + 24, body, `<ul class="legend">${items.join('')}</ul>`);
}

/** Any panel as its plot. */
export function plotOf(id: string, panel: Panel, title: string, across: string): string {
  switch (panel.kind) {
    case 'bars':
      return barPlot(id, title, panel.unit, panel.bars);
    case 'growth':
      return growthPlot(id, title, panel.unit, panel.series, across);
    case 'percentiles':
      return percentilePlot(id, title, panel.unit, panel.series);
    case 'course':
      return coursePlot(id, title, panel.unit, panel.series, across);
  }
}
