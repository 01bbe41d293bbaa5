/** The worker of the harness in one file: it starts in half the time of its seventy modules, and it is started thousands of times. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Replaces text that stands in the bundle exactly once. */
export interface Edit {
  readonly from: string;
  readonly to: string;
}

/** Bundles the built worker, and returns where. With edits it is a ring that is broken on purpose. */
export async function bundleWorker(name = 'crash-hand', edits: readonly Edit[] = []): Promise<URL> {
  // From its source a test runs this, and its built form the command.
  const built = import.meta.url.endsWith('.ts') ? '../../.build/workers/' : '../../workers/';
  const from = new URL(`${built}crash-hand.js`, import.meta.url);
  const to = new URL(`${name}.bundle.cjs`, from);
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(from)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    logLevel: 'warning',
  });
  await writeFile(to, edits.reduce(edited, outputFiles[0].text));
  return to;
}

function edited(text: string, { from, to }: Edit): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`the bundle has ${parts.length - 1} times ${JSON.stringify(from)}`);
  return parts.join(to);
}
