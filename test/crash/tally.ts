/** What all trials came to. */
import type { TrialResult } from './trial.js';

export class Tally {
  trials = 0;
  published = 0;
  delivered = 0;
  dropped = 0;
  evicted = 0;
  redelivered = 0;
  doubtful = 0;
  doubtfulPublished = 0;
  kills = 0;
  recoveries = 0;
  joins = 0;
  leaves = 0;
  /** In words, with the trial that each is of. */
  readonly faults: string[] = [];
  readonly byTopology = new Map<string, number>();

  add({ plan, faults, audits, kills, recoveries, joins, leaves }: TrialResult): void {
    this.trials++;
    this.byTopology.set(plan.topology, (this.byTopology.get(plan.topology) ?? 0) + 1);
    for (const audit of audits) {
      this.published += audit.published;
      this.delivered += audit.delivered;
      this.dropped += audit.dropped;
      this.evicted += audit.evicted;
      this.redelivered += audit.redelivered;
      this.doubtful += audit.doubtfulPublished + audit.doubtfulLost;
      this.doubtfulPublished += audit.doubtfulPublished;
    }
    this.kills += kills;
    this.recoveries += recoveries;
    this.joins += joins;
    this.leaves += leaves;
    for (const fault of faults) this.faults.push(`trial ${plan.number} (${plan.topology}): ${fault}`);
  }
}
