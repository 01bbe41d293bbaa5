/** The worker of the harness in one file: it starts in half the time of its seventy modules, and it is started thousands of times. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles the built worker, and returns where. */
export async function bundleWorker(): Promise<URL> {
  const from = new URL('../../workers/crash-hand.js', import.meta.url);
  const to = new URL('../../workers/crash-hand.bundle.cjs', import.meta.url);
  await build({
    entryPoints: [fileURLToPath(from)],
    outfile: fileURLToPath(to),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'warning',
  });
  return to;
}
