/** One end of a link in a benchmark. */
import { workerData } from 'node:worker_threads';
import { type LinkTask, runBack, runFront } from './link-tasks.js';
import { type LinkData, openLink } from './links/open.js';

export interface LinkBenchData extends LinkTask {
  role: 'front' | 'back';
  there: LinkData;
  /** For round trips. */
  back?: LinkData;
}

const { role, there, back, ...task } = workerData as LinkBenchData;
if (role === 'front') runFront(task, openLink(there, 'send'), back && openLink(back, 'receive'));
else runBack(task, openLink(there, 'receive'), back && openLink(back, 'send'));
