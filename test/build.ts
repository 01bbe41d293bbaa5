import { execFileSync } from 'node:child_process';

/** Real-thread tests start the built files, the ones users install: build them once before any test runs. */
export default function build(): void {
  execFileSync('npm', ['run', '-s', 'build:all'], { stdio: 'inherit' });
}
