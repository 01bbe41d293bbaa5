import type { Execution } from './execution.js';

/** The check that is on, if any: what views and globals look at to see whether a thread under check is calling. */
export let active: Execution | undefined;

export function activate(execution: Execution | undefined): void {
  active = execution;
}
