/** How results are put together into plots: what is compared with what. */
import type { Result } from '../harness.js';
import type { RunRecord } from '../record.js';
import { isRing, labelOf, nameOf } from './figures.js';
import { scenarios } from './scenarios.js';

/** A row of bars. */
export interface Bar {
  /** What stands before the rows of one part; undefined when there is one part only. */
  group: string | undefined;
  label: string;
  result: Result;
}

export interface Point {
  x: number;
  y: number;
  min?: number;
  max?: number;
}

export interface Series {
  label: string;
  /** Of the ring: its colour is the same everywhere. */
  accent: boolean;
  points: readonly Point[];
}

export type Panel =
  | { kind: 'bars'; title: string | undefined; unit: string; bars: readonly Bar[] }
  | { kind: 'percentiles'; title: string | undefined; unit: string; series: readonly Series[] }
  | { kind: 'growth'; title: string | undefined; unit: string; series: readonly Series[] }
  | { kind: 'course'; title: string | undefined; unit: string; series: readonly Series[] };

/** The part of an experiment's name after its story's, for people; '' for the story's own. */
export function partOf(experiment: string, story: string): string {
  if (experiment === story) return '';
  if (experiment.startsWith(`${story}/`)) return experiment.slice(story.length + 1).replaceAll(/[-/]/g, ' ');
  return scenarios.find((scenario) => scenario.experiment === experiment)?.title ?? experiment;
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** The results that a story tells of: its own, those of its parts, and, if it has neither, those that no story tells of. */
export function resultsOf(
  { results, stories }: Pick<RunRecord, 'results' | 'stories'>,
  story: string,
): Result[] {
  const named = (name: string): Result[] =>
    results.filter(({ experiment }) => experiment === name || experiment.startsWith(`${name}/`));
  const own = named(story);
  if (own.length > 0 || !stories.some(({ name }) => name === story)) return own;
  const told = new Set(stories.flatMap(({ name }) => named(name)));
  return stories.find(({ name }) => named(name).length === 0)!.name === story
    ? results.filter((result) => !told.has(result))
    : [];
}

/** LMAX stands for the best of its strategies: where those are shown it would be there twice. */
const withoutTwice = (results: readonly Result[]): readonly Result[] =>
  results.some(({ system }) => system.startsWith('lmax-'))
    ? results.filter(({ system }) => system !== 'lmax')
    : results;

/** All plots of a story's results. */
export function panelsOf(all: readonly Result[], story: string): Panel[] {
  const results = withoutTwice(all);
  const parts = distinct(results.map(({ experiment }) => experiment));
  const panels: Panel[] = [];
  const title = (part: string): string | undefined =>
    parts.length === 1 ? undefined : partOf(part, story) || undefined;

  // What stands at one place only has not been varied.
  const varied = new Set(
    parts.filter((part) => {
      const places = results.filter(({ experiment }) => experiment === part).map(({ at }) => at);
      return distinct(places.filter((at) => at !== undefined)).length > 1;
    }),
  );
  const single = results.filter(({ experiment, at }) => at === undefined || !varied.has(experiment));
  for (const unit of distinct(single.map((result) => result.unit))) {
    const bars = barsOf(single, unit, story);
    const [part, ...others] = distinct(bars.map(({ result }) => result.experiment));
    panels.push({ kind: 'bars', title: others.length === 0 ? title(part) : undefined, unit, bars });
  }

  for (const part of parts) {
    const own = results.filter(({ experiment }) => experiment === part);
    for (const unit of distinct(own.map((result) => result.unit))) {
      const series = (pick: (result: Result) => readonly Point[]): Series[] =>
        distinct(own.map(({ system }) => system))
          .map((system) => ({
            label: nameOf(system),
            accent: isRing(system),
            points: own
              .filter((result) => result.system === system && result.unit === unit)
              .flatMap(pick)
              .sort((a, b) => a.x - b.x),
          }))
          .filter(({ points }) => points.length > 0);
      const add = (kind: 'growth' | 'percentiles' | 'course', of: readonly Series[], as = unit): void => {
        if (of.length > 0) panels.push({ kind, title: title(part), unit: as, series: of });
      };
      add(
        'growth',
        series(({ at, median, min, max }) =>
          at === undefined || !varied.has(part) ? [] : [{ x: at, y: median, min, max }],
        ),
      );
      add(
        'percentiles',
        series(({ percentiles = {} }) => Object.entries(percentiles).map(([x, y]) => ({ x: Number(x), y }))),
        'ns',
      );
      add(
        'course',
        series(({ course = [] }) => course.map(([x, y]) => ({ x, y }))),
      );
    }
  }
  return panels;
}

/** Bars of one unit, part by part. Where every part has one bar, the part is the label. */
function barsOf(results: readonly Result[], unit: string, story: string): Bar[] {
  const own = results.filter((result) => result.unit === unit);
  const parts = distinct(own.map(({ experiment }) => experiment));
  const systems = distinct(own.map(({ system }) => system));
  const alone = own.length === parts.length;
  return parts.flatMap((part) =>
    own
      .filter(({ experiment }) => experiment === part)
      .map((result): Bar => {
        const name = partOf(part, story);
        if (parts.length === 1) return { group: undefined, label: labelOf(result), result };
        if (!alone) return { group: name || 'all', label: labelOf(result), result };
        const label = systems.length === 1 ? name : `${name}: ${labelOf(result)}`;
        return { group: undefined, label: label || labelOf(result), result };
      }),
  );
}
