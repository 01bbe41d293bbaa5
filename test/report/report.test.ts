/** The report, made from records that nobody measured. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { digits, labelOf, nameOf, show, times } from '../../bench/report/figures.js';
import { text } from '../../bench/report/html.js';
import { intoReadme, markdownOf } from '../../bench/report/markdown.js';
import { pageOf } from '../../bench/report/page.js';
import { checked, readRecords, type Records } from '../../bench/report/records.js';
import { linear, logarithmic, percentiles } from '../../bench/report/scales.js';
import { benchRecord, growthRecord, labRecord } from './made-up.js';

const records: Records = { bench: benchRecord(), lab: labRecord(), growth: growthRecord() };
const page = pageOf(records);
const markdown = markdownOf(records);
const all = [...records.bench!.results, ...records.lab!.results, ...records.growth!.results];

const folder = mkdtempSync(join(tmpdir(), 'report-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (name: string, contents: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, typeof contents === 'string' ? contents : JSON.stringify(contents));
  return file;
};

const voids = new Set(['meta', 'br', 'hr']);

/** What is wrong with the nesting of a page's elements. */
function faults(html: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, end, name, rest] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^"<>])*)>/gi)) {
    if (voids.has(name) || rest.endsWith('/')) continue;
    if (end === '') open.push(name);
    else if (open.pop() !== name) wrong.push(`</${name}> after ${open.length} open`);
  }
  return [...wrong, ...open.map((name) => `<${name}> is not closed`)];
}

describe('the page', () => {
  it('is well-formed: every element is closed in turn, no bare < or & is left', () => {
    expect(faults('<p><b>x</p></b>')).not.toEqual([]); // the check itself can fail
    expect(faults(page)).toEqual([]);
    const rest = page
      .replace(/<style>[^]*<\/style>/, '')
      .replaceAll(/<!?\/?[a-z][a-z0-9]*(?:"[^"]*"|[^"<>])*>/gi, '');
    expect(rest).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#39);)/);
  });

  it('has each id once, and every link and label leads to one', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/(?:href="#|aria-labelledby=")([^"]+)"/g)].map(([, id]) => id);
    expect(targets.length).toBeGreaterThan(20);
    for (const target of targets) expect(ids).toContain(target);
  });

  it('loads nothing: no address, no script, no file beside it', () => {
    expect(page).not.toMatch(/https?:|\/\/[a-z]|<script|<link|<img|<iframe|@import|url\(|src=/i);
  });

  it('shows every result with its spread', () => {
    for (const result of all) {
      const { unit, median, min, max } = result;
      expect(page).toContain(text(labelOf(result)));
      expect(page).toContain(text(show(median, unit)));
      expect(page).toContain(text(`${show(min, unit)} – ${show(max, unit)}`));
    }
    const rows = page.match(/<td class="number">[^<]* – [^<]*<\/td>/g)!;
    expect(rows.length).toBe(all.length);
  });

  it('tells each story: drawing, expected, seen, what that means', () => {
    const stories = [...records.lab!.stories, ...records.growth!.stories];
    for (const { title, drawing, expected, seen, means } of stories)
      for (const told of [title, drawing, expected, seen, means]) expect(page).toContain(text(told));
    expect(page).toContain('told-by-nobody');
  });

  it('says where: command, machine, version, flags and date of each record', () => {
    for (const { command, machine } of Object.values(records)) {
      expect(page).toContain(`<code>${command}</code> on 2 × ${text(machine.processor)}`);
      expect(page).toContain('Node 20.20.2 (--expose-gc), 2026-01-02 03:04 UTC');
    }
  });

  it('escapes what could be markup, also in attributes', () => {
    expect(page).not.toContain('<one>');
    expect(page).not.toContain('<b>');
    expect(text('<a href="x">\'&\u0000')).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
  });

  it('names a peer that is missing, and how to have it', () => {
    expect(page).toContain('<strong>some-peer</strong>: there is no <code>some-tool</code> here');
    expect(markdown).toContain('**some-peer**');
  });

  it('marks what gave wrong results, and compares nothing with it', () => {
    expect(page).toContain('unsynchronised-list (wrong results)');
  });

  it('names each plot and each table for those who do not see them', () => {
    const plots = page.match(/<figure/g)!.length;
    expect(page.match(/<svg role="img" aria-labelledby="[^"]+"[^>]*><title id="[^"]+">[^<]+</g)!.length).toBe(
      plots,
    );
    expect(page.match(/<caption><span>[^<]/g)!.length).toBe(page.match(/<table>/g)!.length);
  });

  it('puts no figure where none can be: every coordinate is a number', () => {
    expect(page).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it('says which parts were not run, and by which command they are', () => {
    const partial = pageOf({ lab: labRecord() });
    expect(faults(partial)).toEqual([]);
    expect(partial).toContain('<code>npm run bench</code>');
    expect(partial).toContain('<code>npm run bench:growth</code>');
  });
});

describe('the Markdown', () => {
  it('has every result, and cells that are as many in each row of a table', () => {
    for (const { unit, median, min, max } of all) {
      expect(markdown).toContain(show(median, unit));
      expect(markdown).toContain(`${show(min, unit)} – ${show(max, unit)}`);
    }
    for (const lines of markdown.matchAll(/(?:^\|.*\n?)+/gm)) {
      const cells = lines[0]
        .trim()
        .split('\n')
        .map((line) => line.replaceAll('\\|', '').split('|').length);
      expect(new Set(cells).size).toBe(1);
    }
  });

  it('replaces what stands between the marks of a README, and nothing else', () => {
    const marked = (inside: string): string =>
      `before\n<!-- report: begin, made by \`npm run report -- --readme\` -->\n${inside}<!-- report: end -->\nafter\n`;
    const once = intoReadme(marked('what-stood-there\n'), records);
    expect(once).toMatch(/^before\n<!--/);
    expect(once).toMatch(/end -->\nafter\n$/);
    expect(once).not.toContain('what-stood-there');
    expect(once).toContain('**55.0 M/s**'.replace('55.0', digits(55)));
    expect(intoReadme(once, records)).toBe(once);
    expect(() => intoReadme('no marks', records)).toThrow(/README.md lacks the lines/);
    expect(() => intoReadme(marked(''), { lab: labRecord() })).toThrow(/npm run bench/);
    expect(intoReadme(readFileSync('README.md', 'utf8'), records)).toContain('## What is measured');
  });
});

describe('records', () => {
  it('are told apart by the command that made them', () => {
    const files = [benchRecord(), labRecord(), growthRecord()].map((record, i) =>
      fileOf(`${i}.json`, record),
    );
    expect(readRecords(files)).toEqual(records);
  });

  it.each([
    ['nothing measured', { ...labRecord(), results: [] }, /has no results: "npm start" measured nothing/],
    ['a list of results', labRecord().results, /without the machine/],
    ['another file', { name: 'x' }, /is not a record/],
    ['null', null, /is not a record/],
    ['no JSON', '{', /cannot be read as a record/],
    ['another command', { ...labRecord(), command: 'make tea' }, /was made by "make tea"/],
    ['no figure', { ...labRecord(), results: [{ ...labRecord().results[0], min: null }] }, /is not a number/],
  ])('are refused with a sentence: %s', (name, contents, sentence) => {
    const file = fileOf(`${name.replaceAll(' ', '-')}.json`, contents);
    expect(() => readRecords([file])).toThrow(sentence);
  });

  it('that do not exist are named by the command, which then fails without a stack', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'bench/report/make.ts', '--from', join(folder, 'none.json')],
      { encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/^\S*none\.json cannot be read as a record: ENOENT/);
    expect(stderr).not.toContain('    at ');
  });

  it('explain themselves', () => {
    const help = execFileSync(process.execPath, ['--import', 'tsx', 'bench/report/make.ts', '--help'], {
      encoding: 'utf8',
    });
    expect(help).toContain('--readme');
    expect(() => checked(undefined, 'it')).toThrow(/it is not a record/);
  });
});

describe('figures', () => {
  it('have three digits and their unit', () => {
    expect([57.34e6, 780_400, 12, 999.6e3].map((figure) => show(figure, 'events/s'))).toEqual([
      '57.3 M/s',
      '780 k/s',
      '12 /s',
      '1 M/s',
    ]);
    expect([0.4, 772, 9_130, 8.2e6, 3e9].map((figure) => show(figure, 'ns'))).toEqual([
      '0.4 ns',
      '772 ns',
      '9.13 µs',
      '8.2 ms',
      '3 s',
    ]);
    expect(show(0.53, 'percent')).toBe('0.53 %');
    expect(show(6.1e6, 'orders/s')).toBe('6.1 M orders/s');
    expect(show(4096, 'bytes')).toBe('4.1 kB');
    expect([9.42, 98.4, 0.312].map(times)).toEqual(['9.4×', '98×', '0.31×']);
  });

  it('stand where their scale says', () => {
    expect(linear(90, String).ticks.map(({ label }) => label)).toEqual(['0', '25', '50', '75', '100']);
    expect(logarithmic(20, 900, String).place(100)).toBeCloseTo(0.5);
    expect(percentiles([50, 99, 100]).place(100)).toBe(1);
    expect(percentiles([50, 99]).place(90)).toBeCloseTo(0.5);
  });

  it('carry the names that people know', () => {
    expect(['post-message', 'lmax-busy-spin', 'ringbuf.js', 'slipring-park'].map(nameOf)).toEqual([
      'postMessage',
      'LMAX, busy spin',
      'ringbuf.js',
      'slipring, park',
    ]);
  });
});
