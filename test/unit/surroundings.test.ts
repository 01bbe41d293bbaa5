/** What the built package needs from the world around it: nothing. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const dist = new URL('../../dist/', import.meta.url);

/** What a module of the package imports, as written. */
function importsOf(file: URL): string[] {
  const source = readFileSync(file, 'utf8');
  return [
    ...source.matchAll(
      /(?:^|[;}\s])(?:import|export)\b[^'";]*?from\s*['"]([^'"]+)['"]|import\s*\(?\s*['"]([^'"]+)['"]/g,
    ),
  ].map((match) => match[1] ?? match[2]);
}

/** Every file reached from an entry, and every import in them that leads out of the package. */
function reach(entry: string): { files: Set<string>; strangers: string[] } {
  const files = new Set<string>();
  const strangers: string[] = [];
  const visit = (file: URL): void => {
    if (files.has(file.href)) return;
    files.add(file.href);
    expect(existsSync(file), file.href).toBe(true);
    for (const name of importsOf(file)) {
      if (name.startsWith('.')) visit(new URL(name, file));
      else strangers.push(`${file.pathname.slice(dist.pathname.length)} imports ${name}`);
    }
  };
  visit(new URL(entry, dist));
  return { files, strangers };
}

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;

describe.each(['index', 'locks/index'])('dist/%s', (entry) => {
  it('reaches no node: module, and nothing else outside the package', () => {
    const { files, strangers } = reach(`${entry}.js`);
    expect(strangers).toEqual([]);
    expect(files.size).toBeGreaterThan(5);
  });

  it('has types that reach nothing outside the package either', () => {
    expect(reach(`${entry}.d.ts`).strangers).toEqual([]);
  });

  it('uses no way to make code from text, and captures no Atomics', () => {
    for (const file of reach(`${entry}.js`).files) {
      const source = readFileSync(new URL(file), 'utf8');
      expect(source, file).not.toMatch(/\beval\s*\(|\bnew Function\b|\bFunction\s*\(/);
      expect(source, file).not.toMatch(/=\s*Atomics\b(?!\.\w+\()/);
    }
  });
});

it('the package has no dependency that is installed with it', () => {
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundledDependencies']) {
    expect(manifest[kind] ?? {}, kind).toEqual({});
  }
});

it('every entry of the package exists, with its types', () => {
  for (const [name, targets] of Object.entries(
    manifest['exports'] as Record<string, string | Record<string, string>>,
  )) {
    for (const target of typeof targets === 'string' ? [targets] : Object.values(targets)) {
      expect(existsSync(new URL(`../../${target}`, import.meta.url)), `${name}: ${target}`).toBe(true);
    }
  }
});

it('everything works where code from strings is forbidden', () => {
  const script = `
    import { array, bool, cancelToken, createRing, event, f32, f64, i16, i32, i64, i8, openRing, u16, u32, u64, u8 } from 'slipring';

    let forbidden = false;
    try { eval('1'); } catch { forbidden = true; }

    const numbers = { i8, u8, i16, u16, i32, u32, f32, f64 };
    const Everything = event(numbers, { on: bool, i64, u64, list: array(f64, 2), flags: array(bool, 2) });
    const ring = createRing(Everything, { capacity: 4, consumers: { first: {}, second: { after: ['first'] } } });
    const other = openRing(structuredClone(ring.handle), Everything);
    const producer = ring.openProducer({ timeoutMs: 0, cancel: cancelToken(ring) });
    const first = other.openConsumer('first', { timeoutMs: 0 });
    const second = other.openConsumer('second', { timeoutMs: 0 });
    const fill = (everything, n) => {
      for (const name of Object.keys(numbers)) everything[name] = n;
      everything.on = true;
      everything.i64 = everything.u64 = BigInt(n);
      everything.list = [n, n];
      everything.flags = [1, 0];
    };
    const sums = [0, 0];
    const add = (everything) => {
      const { i64, u64, list, flags, on, ...rest } = everything.toObject();
      const columns = [Number(i64), Number(u64), ...list, ...Object.values(rest)];
      if (new Set(columns).size !== 1 || columns.length !== 12 || !on || !flags[0] || flags[1]) throw new Error(columns.join());
      return columns[0];
    };
    producer.publish(fill, 1);
    producer.publishBatch([2, 3], fill);
    await producer.publishAsync(fill, 4);
    first.poll((everything) => { sums[0] += add(everything); });
    const batch = second.take({ max: 2 });
    for (const everything of batch) sums[1] += add(everything);
    batch.release();
    const claim = producer.claim(2, { timeoutMs: 1 });
    let n = 5;
    for (const everything of claim) fill(everything, n++);
    claim.commit();
    ring.close();
    first.run((everything) => { sums[0] += add(everything); });
    for await (const batch of second) for (const everything of batch) sums[1] += add(everything);
    ring.drained();
    console.log(JSON.stringify({ forbidden, sums }));
  `;
  const args = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', script];
  const answer: unknown = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  expect(answer).toEqual({ forbidden: true, sums: [21, 21] });
});
