/** The report as one HTML page that needs nothing beside itself. */
import type { Result } from '../harness.js';
import type { RecordName, RunRecord, Story } from '../record.js';
import { isRing, labelOf, moreIsBetter, nameOf, show, times, timesBetter } from './figures.js';
import { headlinesOf } from './headlines.js';
import { idOf, prose, table, text } from './html.js';
import { panelsOf, partOf as partOfStory, resultsOf } from './panels.js';
import { plotOf, ratioPlot } from './plots.js';
import { commands, kinds, type Records } from './records.js';
import { type Cell, mainTable, measuredScenarios, scenarios, seenIn } from './scenarios.js';
import { style } from './style.js';
import { claimed, opening, title, words } from './words.js';

const partTitles: Readonly<Record<RecordName, string>> = {
  bench: 'Beside the others',
  lab: 'Why: one decision at a time',
  growth: 'How the cost grows',
};

const order = ['bench', 'lab', 'growth'] as const;

/** The whole page. */
export function pageOf(records: Records): string {
  const parts = order.flatMap((kind) =>
    records[kind] === undefined ? [] : [{ kind, record: records[kind] }],
  );
  const sections = parts.map(({ kind, record }) => partOf(kind, record));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>slipring: ${text(title.toLowerCase())}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${text(title)}</h1>
<p class="lead">${prose(claimed)}</p>
${headlineList(records)}
${ratiosOf(records)}
${parts.map(({ record }) => `<p class="where">${prose(whereOf(record))}</p>`).join('\n')}
<section aria-labelledby="why"><h2 id="why">Why it should be so</h2>
${opening.map((paragraph) => `<p>${prose(paragraph)}</p>`).join('\n')}
</section>
</header>
<main>
<nav aria-label="Contents"><ol>
${sections.map(({ contents }) => contents).join('\n')}
<li class="part"><a href="#words">Words used here</a></li>
</ol></nav>
${sections.map(({ html }) => html).join('\n')}
${notRun(records)}
<section aria-labelledby="words"><h2 id="words">Words used here</h2>
<dl class="words">${words.map(([word, says]) => `<dt>${text(word)}</dt><dd>${text(says)}</dd>`).join('\n')}</dl></section>
</main>
<footer><p>Made by <code>npm run report</code>. How all of this is measured, and what it cannot say: docs/benchmarking.md.</p></footer>
</body>
</html>
`;
}

/** One line: command, machine, versions, flags, date. */
export function whereOf({ command, date, machine }: RunRecord): string {
  // What loads TypeScript is no flag of the measurement, and has paths of this machine.
  const loads = (flag: string | undefined): boolean => flag === '--require' || flag === '--import';
  const own = machine.flags.filter((flag, i, all) => !loads(flag) && !loads(all[i - 1]));
  const flags = own.length === 0 ? 'no flags' : own.join(' ');
  return (
    `\`${command}\` on ${machine.cores} × ${machine.processor}, ${machine.platform}, Node ${machine.node.replace(/^v/, '')} (${flags}), ` +
    `${date.slice(0, 16).replace('T', ' ')} UTC`
  );
}

function headlineList({ bench, lab }: Records): string {
  const headlines = headlinesOf(bench?.results ?? lab?.results ?? []);
  if (headlines.length === 0) return '';
  const items = headlines.map(
    ({ ratio, text: says, figures }) =>
      `<li><strong>${text(ratio)}</strong> ${text(says)}<span>${text(figures).replaceAll(/(\d) /g, '$1\u00a0')}</span></li>`,
  );
  return `<ul class="headlines" aria-label="The ratios of this run">\n${items.join('\n')}\n</ul>`;
}

/** What is no speed: its ratios run into the thousands, and say little. */
const NO_SPEED = ['idle-cpu', 'allocation'];

/** All ratios of speed in the run, in one picture. */
function ratiosOf({ bench, lab }: Records): string {
  const { columns, rows } = mainTable(bench?.results ?? lab?.results ?? []);
  const others = columns.slice(1);
  const known = rows
    .filter(
      ({ scenario: { experiment } }) =>
        !NO_SPEED.includes(experiment) && scenarios.some((scenario) => scenario.experiment === experiment),
    )
    .map(({ scenario, cells }) => ({
      label: scenario.title,
      ratios: cells.slice(1).map((cell) => ratioIn(cell)),
    }))
    .filter(({ ratios }) => ratios.some((ratio) => ratio !== undefined));
  if (columns[0] !== 'slipring' || known.length === 0) return '';
  return ratioPlot('ratios', 'How many times as fast slipring is as each of the others', others, known);
}

/** A ratio that has a place on a scale. */
function ratioIn(cell: Cell | undefined): number | undefined {
  const ratio = cell?.ratio;
  return ratio !== undefined && Number.isFinite(ratio) && ratio > 0 ? ratio : undefined;
}

function notRun(records: Records): string {
  const absent = kinds.filter((kind) => records[kind] === undefined);
  if (absent.length === 0) return '';
  const items = absent.map((kind) => `<li>${text(partTitles[kind])}: <code>${commands[kind]}</code></li>`);
  return `<section aria-labelledby="not-run"><h2 id="not-run">Not in this report</h2><p>These parts were not run before it was made:</p><ul>${items.join('')}</ul></section>`;
}

function partOf(kind: RecordName, record: RunRecord): { contents: string; html: string } {
  const stories = kind === 'bench' ? peerStories(record) : storiesOf(record);
  const links = stories.map(
    (story) => `<li><a href="#${sectionId(kind, story)}">${text(story.title)}</a></li>`,
  );
  return {
    contents: `<li class="part"><a href="#${kind}">${text(partTitles[kind])}</a></li>\n${links.join('\n')}`,
    html: `<section aria-labelledby="${kind}"><h2 id="${kind}">${text(partTitles[kind])}</h2>
<p class="made">Made by <code>${text(record.command)}</code>, ${text(record.date.slice(0, 10))}.</p>
${kind === 'bench' ? overview(record.results) : ''}
${missingList(record)}
${stories.map((story) => sectionOf(kind, story, record)).join('\n')}
</section>`,
  };
}

const sectionId = (kind: RecordName, story: { name: string }): string => `${kind}-${idOf(story.name)}`;

type Told = Pick<Story, 'name' | 'title' | 'drawing'> & Partial<Story>;

/** The stories of a record, and a bare one for each experiment that none tells of: nothing that was measured is left out. */
export function storiesOf(record: RunRecord): Told[] {
  const told = new Set(record.stories.flatMap(({ name }) => resultsOf(record, name)));
  const untold = new Set(
    record.results.filter((result) => !told.has(result)).map(({ experiment }) => experiment),
  );
  return [...record.stories, ...[...untold].map(toldPlainly)];
}

/** An experiment that no story tells of, in our own words if we have any. */
function toldPlainly(name: string): Told {
  const { title, drawing, means } = scenarios.find(({ experiment }) => experiment === name) ?? {
    title: name,
    drawing: '',
    means: '',
  };
  return { name, title, drawing, means };
}

/** The scenarios of the peers, in the words of their record where it has some. */
export function peerStories(record: RunRecord): Told[] {
  const told = record.stories.flatMap(({ name }) =>
    resultsOf(record, name).map(({ experiment }) => experiment),
  );
  const plain = measuredScenarios(record.results)
    .filter(({ experiment }) => !told.includes(experiment))
    .map(({ experiment, ...scenario }) => ({
      name: experiment,
      ...scenario,
      seen: seenIn(record.results, experiment),
    }));
  return [...plain, ...record.stories];
}

function overview(results: readonly Result[]): string {
  const { columns, rows } = mainTable(results);
  if (rows.length === 0) return '';
  const head = [
    '',
    ...columns.map((name) => (name === 'slipring' ? '<span class="ours">slipring</span>' : text(name))),
  ];
  const body = rows.map(({ scenario, cells }) => [
    `<a href="#bench-${idOf(scenario.experiment)}">${text(scenario.title)}</a>`,
    ...cells.map((cell) => {
      if (cell === undefined) return '–';
      const figure = text(show(cell.result.median, cell.result.unit));
      if (cell.ratio === undefined) return `<span class="ours">${figure}</span>`;
      return `${figure}<small>${text(times(cell.ratio))}</small>`;
    }),
  ]);
  const whole = table(
    'Medians of one run. Small: how many times better slipring is; below 1×, the other one is better. Where a system has variants, the best one of each row stands here.',
    head,
    body,
  );
  return `<div class="wide">${whole}</div>`;
}

function missingList({ missing }: RunRecord): string {
  if (missing.length === 0) return '';
  const items = missing.map(
    ({ system, why }) => `<li><strong>${text(nameOf(system))}</strong>: ${prose(why)}</li>`,
  );
  return `<p>Not measured here, and how to have it measured:</p><ul class="missing">${items.join('\n')}</ul>`;
}

function sectionOf(kind: RecordName, story: Told, record: RunRecord): string {
  const own = resultsOf(record, story.name);
  const id = sectionId(kind, story);
  const panels = panelsOf(own, story.name);

  const plots = panels.map((panel, i) => {
    const subject = panel.title === undefined ? story.title : `${story.title}: ${panel.title}`;
    const across = panel.kind === 'course' && story.varied === undefined ? 'milliseconds' : acrossOf(story);
    return plotOf(`${id}-plot-${i}`, panel, `${subject} (${whatOf(panel.kind, panel.unit)})`, across);
  });
  const told = [
    ['Expected', story.expected, ''],
    ['Seen', story.seen, ' class="seen"'],
    ['What that means', story.means, ''],
  ].flatMap(([head, says, mark]) => (says ? [`<dt>${head}</dt><dd${mark}>${prose(says)}</dd>`] : []));
  const drawing = story.drawing.replace(/^\s*\n/, '').trimEnd();
  const lists = told.slice(story.expected ? 1 : 0);
  return `<section aria-labelledby="${id}"><h3 id="${id}">${text(story.title)}</h3>
${drawing === '' ? '' : `<pre role="img" tabindex="0" aria-label="${text(`Drawing: ${story.title}`)}">${text(drawing)}</pre>`}
${story.expected ? `<dl class="story">${told[0]}</dl>` : ''}
${plots.join('\n')}
<details><summary>All figures</summary>
${figuresTable(own, story)}
</details>
${lists.length === 0 ? '' : `<dl class="story">${lists.join('\n')}</dl>`}</section>`;
}

/** What a plot's figures are, and which way is good where that is known. */
function whatOf(kind: string, unit: string): string {
  if (kind === 'percentiles') return 'by percentile; less is better';
  if (moreIsBetter(unit)) return `${unit.replace('/s', ' a second')}; more is better`;
  const known: Readonly<Record<string, string>> = { ns: 'time', percent: '% of a core' };
  const less = ['ns', 'percent', '% of a core', 'bytes', 'MiB'].includes(unit);
  return `${known[unit] ?? unit}${less ? '; less is better' : ''}`;
}

const acrossOf = (story: Told): string => story.varied ?? 'what was varied';

/** Every figure with its spread. The ratio is slipring's, in the same experiment, at the same place. */
function figuresTable(results: readonly Result[], story: Told): string {
  const parts = new Set(results.map(({ experiment }) => experiment)).size > 1;
  const places = results.some(({ at }) => at !== undefined);
  const shares = [...new Set(results.flatMap(({ percentiles = {} }) => Object.keys(percentiles)))].sort(
    (a, b) => Number(a) - Number(b),
  );
  const ratioOf = (result: Result): string => {
    const ring = results.find(
      (other) =>
        other.system === 'slipring' &&
        other.experiment === result.experiment &&
        other.at === result.at &&
        other.unit === result.unit,
    );
    return ring === undefined || isRing(result.system) ? '' : times(timesBetter(ring, result));
  };
  const ratios = results.some((result) => ratioOf(result) !== '');
  const head = [
    'system',
    ...(parts ? ['part'] : []),
    ...(places ? [text(acrossOf(story))] : []),
    'median',
    'least – most',
    'rounds',
    ...shares.map((share) => `p${share}`),
    ...(ratios ? ['slipring is'] : []),
  ];
  const rows = results.map((result) => [
    isRing(result.system) ? `<span class="ours">${text(labelOf(result))}</span>` : text(labelOf(result)),
    ...(parts ? [text(partOfStory(result.experiment, story.name) || '–')] : []),
    ...(places ? [result.at === undefined ? '' : result.at.toLocaleString('en')] : []),
    text(show(result.median, result.unit)),
    `${text(show(result.min, result.unit))} – ${text(show(result.max, result.unit))}`,
    `${result.runs}`,
    ...shares.map((share) => {
      const value = result.percentiles?.[share];
      return value === undefined ? '' : text(show(value, 'ns'));
    }),
    ...(ratios ? [text(ratioOf(result))] : []),
  ]);
  return table(
    `${story.title}: every figure of this run.${results.every(({ verified }) => verified) ? ' All of it was verified.' : ''}`,
    head,
    rows,
    parts ? 2 : 1,
  );
}
