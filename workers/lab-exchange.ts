/** One thread of the lab's exchange: the gateway, the journal, the replica, the engine with its book, or who reads the trades. */
import { workerData } from 'node:worker_threads';
import type { Job, StageName } from '../bench/lab/exchange/events.js';
import { type LockExchange, openLockStage } from '../bench/lab/exchange/lock-stages.js';
import { openRingStage, type RingExchange } from '../bench/lab/exchange/ring-stages.js';
import { onJob } from './lab-jobs.js';

export interface ExchangeData {
  stage: StageName;
  exchange: RingExchange | LockExchange;
  /** Where the journal's file is to be. */
  journalPath: string;
}

const { stage, exchange, journalPath } = workerData as ExchangeData;
const run =
  exchange.system === 'ring'
    ? openRingStage(stage, exchange, journalPath)
    : openLockStage(stage, exchange, journalPath);

onJob((job: Job) => run(job));
