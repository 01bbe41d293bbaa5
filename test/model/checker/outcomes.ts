/** Outcomes of a step, as `Strategy.pick` numbers them, and how a path records them. */

/** Nothing special. */
export const USUAL = 0;
export const DIES = 1;
export const STRAY = 2;
export const TIMES_OUT = 3;
/** The nth of the event-loop tasks that could run is this plus n. */
export const FIRST_TASK = 4;

/** In a path, a thread number and, in higher bits, an outcome. */
export const OUTCOME_SHIFT = 5;
