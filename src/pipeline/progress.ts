/** How far the stages of a pipeline are. */
import type { Ring } from '../ring.js';
import type { RingSnapshot } from '../snapshot.js';
import type { PipelinePlan } from './plan.js';

/** Where a stage is with the events of another. */
export interface ArcProgress {
  /** It is done with every sequence below. */
  readonly position: number;
  /** Published events that it is not done with. */
  readonly lag: number;
}

/** How far one stage is. */
export interface StageProgress {
  /** Events that it is done with, of all that it takes from; of a source, those that it has published. */
  readonly events: number;
  /** The same, in the time since the report before, by the second. */
  readonly perSecond: number;
  /** By the stage that the events come from. */
  readonly from: Readonly<Record<string, ArcProgress>>;
  /** Events in the ring of its output so far; 0 for a sink. */
  readonly published: number;
  /** Events that it dropped because that ring was full. */
  readonly dropped: number;
  /** How often one of its threads was started again. */
  readonly restarts: number;
}

/** How far the stages are, at about one moment. */
export interface PipelineProgress<N extends string = string> {
  /** Since the start. */
  readonly elapsedMs: number;
  readonly stages: Readonly<Record<N, StageProgress>>;
}

/** Reads the rings; `before`: the report before, if any. */
export function progressOf(
  { stages, arcs }: PipelinePlan,
  rings: ReadonlyMap<string, Ring>,
  restarts: (stage: string) => number,
  elapsedMs: number,
  before: PipelineProgress | undefined,
): PipelineProgress {
  const looks = new Map<string, RingSnapshot>([...rings].map(([name, ring]) => [name, ring.snapshot()]));
  const seconds = (elapsedMs - (before?.elapsedMs ?? 0)) / 1_000;
  const its = stages.map(({ name }) => {
    const from = Object.fromEntries(
      arcs.filter(({ to }) => to === name).map((arc) => [arc.from, arcIn(looks.get(arc.from)!, name)]),
    );
    const { published = 0, producers = [] } = looks.get(name) ?? {};
    const inputs = Object.values(from);
    const events = inputs.length === 0 ? published : inputs.reduce((sum, { position }) => sum + position, 0);
    const stage: StageProgress = {
      events,
      perSecond: seconds > 0 ? Math.round((events - (before?.stages[name].events ?? 0)) / seconds) : 0,
      from,
      published,
      dropped: producers.reduce((sum, { dropped }) => sum + dropped, 0),
      restarts: restarts(name),
    };
    return [name, stage] as const;
  });
  return { elapsedMs, stages: Object.fromEntries(its) };
}

function arcIn({ consumers }: RingSnapshot, reader: string): ArcProgress {
  const { position, lag } = consumers.find(({ name }) => name === reader)!;
  return { position, lag };
}
