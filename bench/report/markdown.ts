/** The report as Markdown: the same tables and sentences, for where no page can be shown. */
import type { Result } from '../harness.js';
import type { RecordName, RunRecord } from '../record.js';
import { labelOf, nameOf, show, times } from './figures.js';
import { headlinesOf } from './headlines.js';
import { peerStories, storiesOf, whereOf } from './page.js';
import { partOf, resultsOf } from './panels.js';
import { commands, kinds, type Records, ReportError } from './records.js';
import { mainTable } from './scenarios.js';
import { opening, title } from './words.js';

/** Text that is no Markdown of its own, on one line. */
export const plain = (raw: string): string =>
  raw
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\|*_[\]]/g, '\\$&');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, i) => (i === 0 ? '---' : '--:'));
  return [row(head), row(rule), ...rows.map(row)].join('\n');
}

const parts: Readonly<Record<RecordName, string>> = {
  bench: 'Beside the others',
  lab: 'Why: one decision at a time',
  growth: 'How the cost grows',
};

/** The main table, with where it comes from. */
export function mainMarkdown(record: RunRecord): string {
  const { columns, rows } = mainTable(record.results);
  const body = rows.map(({ scenario, cells }) => [
    plain(scenario.title),
    ...cells.map((cell) => {
      if (cell === undefined) return '–';
      const figure = plain(show(cell.result.median, cell.result.unit));
      return cell.ratio === undefined ? `**${figure}**` : `${figure} (${times(cell.ratio)})`;
    }),
  ]);
  return [
    `${plain(whereOf(record))}. Medians; in brackets how many times better slipring is, so below 1× the other one is better. Where a system`,
    "has variants, the best one of each row is shown. At a steady pace LMAX's best, ringbuf.js and the C++ ring spin, and would take a core while",
    'nothing happens; slipring sleeps there, as it does unless told to spin.',
    '',
    tableOf(['', ...columns], body),
    ...missingLines(record),
  ].join('\n');
}

function missingLines({ missing }: RunRecord): string[] {
  return missing.length === 0
    ? []
    : [
        '',
        'Not measured here:',
        '',
        ...missing.map(({ system, why }) => `- **${plain(nameOf(system))}**: ${plain(why)}`),
      ];
}

function figures(results: readonly Result[], story: string, varied = 'at'): string {
  const manyParts = new Set(results.map(({ experiment }) => experiment)).size > 1;
  const places = results.some(({ at }) => at !== undefined);
  return tableOf(
    [
      'system',
      ...(manyParts ? ['part'] : []),
      ...(places ? [plain(varied)] : []),
      'median',
      'least – most',
      'rounds',
    ],
    results.map((result) => {
      const { experiment, unit, median, min, max, runs, at } = result;
      return [
        plain(labelOf(result)),
        ...(manyParts ? [plain(partOf(experiment, story) || '–')] : []),
        ...(places ? [at?.toLocaleString('en') ?? ''] : []),
        show(median, unit),
        `${show(min, unit)} – ${show(max, unit)}`,
        `${runs}`,
      ];
    }),
  );
}

/** The whole report. */
export function markdownOf(records: Records): string {
  const headlines = headlinesOf(records.bench?.results ?? records.lab?.results ?? []);
  const blocks: string[] = [`# ${title}`, ...opening];
  if (headlines.length > 0)
    blocks.push(
      headlines.map(({ ratio, text, figures: of }) => `- **${ratio}** ${plain(text)} (${of})`).join('\n'),
    );
  for (const kind of ['bench', 'lab', 'growth'] as const) {
    const record = records[kind];
    if (record === undefined) continue;
    blocks.push(`## ${parts[kind]}`);
    if (kind === 'bench') blocks.push(mainMarkdown(record));
    else
      blocks.push(
        `${plain(whereOf(record))}.`,
        ...missingLines(record).slice(1, 2),
        missingLines(record).slice(3).join('\n'),
      );
    for (const story of kind === 'bench' ? peerStories(record) : storiesOf(record)) {
      const own = resultsOf(record, story.name);
      const drawing = story.drawing.replace(/^\s*\n/, '').trimEnd();
      blocks.push(`### ${plain(story.title)}`);
      if (drawing !== '') blocks.push(`\`\`\`text\n${drawing.replaceAll('```', "'''")}\n\`\`\``);
      if (story.expected) blocks.push(`*Expected:* ${plain(story.expected)}`);
      if (own.length > 0) blocks.push(figures(own, story.name, story.varied));
      if (story.seen) blocks.push(`**Seen: ${plain(story.seen)}**`);
      if (story.means) blocks.push(`*What that means:* ${plain(story.means)}`);
    }
  }
  const absent = kinds.filter((kind) => records[kind] === undefined);
  if (absent.length > 0)
    blocks.push(
      '## Not in this report',
      absent.map((kind) => `- ${parts[kind]}: \`${commands[kind]}\``).join('\n'),
    );
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const BEGIN = '<!-- report: begin, made by `npm run report -- --readme` -->';
const END = '<!-- report: end -->';
const WHOLE =
  'All figures with their spread, percentiles, and what was expected: [the report](bench/report/report.md); as a page with plots, `bench/report/index.html`.';

/** The README with its part between the two markers replaced by the main table. */
export function intoReadme(readme: string, { bench }: Records): string {
  if (bench === undefined)
    throw new ReportError(
      `The README's table comes from ${commands.bench}, of which there is no record yet. Run it first.`,
    );
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from < 0 || to < from)
    throw new ReportError(`README.md lacks the lines "${BEGIN}" and "${END}", in this order.`);
  return `${readme.slice(0, from + BEGIN.length)}\n${mainMarkdown(bench)}\n\n${WHOLE}\n${readme.slice(to)}`;
}
