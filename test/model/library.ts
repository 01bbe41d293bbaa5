/** The built files under check: the ones that users install, or a changed copy of them. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as barrier from '../../src/core/barrier.js';
import type * as claims from '../../src/core/claims.js';
import type * as closing from '../../src/core/closing.js';
import type * as doorbell from '../../src/core/doorbell.js';
import type * as failure from '../../src/core/failure.js';
import type * as follower from '../../src/core/follower.js';
import type * as groupWorker from '../../src/core/group-worker.js';
import type * as header from '../../src/core/header.js';
import type * as membership from '../../src/core/membership.js';
import type * as layout from '../../src/core/layout.js';
import type * as multiProducer from '../../src/core/multi-producer.js';
import type * as platform from '../../src/core/platform.js';
import type * as recovery from '../../src/core/recovery.js';
import type * as runFollower from '../../src/core/run-follower.js';
import type * as runs from '../../src/core/runs.js';
import type * as seats from '../../src/core/seats.js';
import type * as sequence from '../../src/core/sequence.js';
import type * as singleProducer from '../../src/core/single-producer.js';
import type * as stamps from '../../src/core/stamps.js';
import type * as coreViews from '../../src/core/views.js';
import type * as waiting from '../../src/core/waiting.js';
import type * as locks from '../../src/locks/index.js';
import type * as milestones from '../../src/milestones.js';
import type * as face from '../../src/index.js';
import type * as parking from '../../src/parking.js';
import type * as finishing from '../../src/pipeline/finishing.js';
import type * as settling from '../../src/pipeline/settling.js';
import type * as queue from '../../src/queue/index.js';
import { instrument } from './checker/index.js';

/** Every export that programs use. */
export type Library = typeof barrier &
  typeof claims &
  typeof closing &
  typeof doorbell &
  typeof failure &
  typeof follower &
  typeof groupWorker &
  typeof header &
  typeof layout &
  typeof membership &
  typeof multiProducer &
  typeof platform &
  typeof recovery &
  typeof runFollower &
  typeof runs &
  typeof seats &
  typeof sequence &
  typeof singleProducer &
  typeof stamps &
  typeof coreViews &
  typeof waiting &
  typeof milestones &
  typeof finishing &
  typeof settling &
  typeof parking & {
    /** What users import. */
    readonly face: typeof face;
    /** What users import from `slipring/locks`. */
    readonly locks: typeof locks;
    /** What users import from `slipring/queue`. */
    readonly queue: typeof queue;
  };

const coreFiles = [
  'core/barrier.js',
  'core/claims.js',
  'core/closing.js',
  'core/doorbell.js',
  'core/failure.js',
  'core/follower.js',
  'core/group-worker.js',
  'core/header.js',
  'core/layout.js',
  'core/membership.js',
  'core/multi-producer.js',
  'core/platform.js',
  'core/recovery.js',
  'core/run-follower.js',
  'core/runs.js',
  'core/seats.js',
  'core/sequence.js',
  'core/single-producer.js',
  'core/stamps.js',
  'core/views.js',
  'core/waiting.js',
  'milestones.js',
  'parking.js',
  'pipeline/finishing.js',
  'pipeline/settling.js',
];

/** The folder of the package, from the sources of this file as well as from what they are compiled to. */
export const packageFolder: string = folderOfPackage(import.meta.dirname);

/** The built files that ship. */
export const builtFolder: string = join(packageFolder, 'dist');

/** Loads the built files of a folder, and makes their views recording ones: they run under the checker only from then on. */
export async function loadLibrary(folder: string = builtFolder): Promise<Library> {
  const load = (file: string): Promise<object> =>
    import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href) as Promise<object>;
  const core = (await Promise.all(coreFiles.map(load))) as Partial<Library>[];
  const faces = {
    face: await load('index.js'),
    locks: await load('locks/index.js'),
    queue: await load('queue/index.js'),
  };
  const library = Object.assign(faces, ...core) as Library;
  instrument(library.views);
  return library;
}

function folderOfPackage(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
