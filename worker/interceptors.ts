import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Logger } from '../config/logger';
import { COUNT_NAMES } from '../domain/runs/run';
import type { WorkerMetrics } from './metrics';

export interface InterceptorDeps {
  readonly log: Logger;
  readonly metrics: WorkerMetrics;
}

/** Logs and counts every activity: its type, run, attempt, duration and outcome; never a value. */
export function activityInterceptor(deps: InterceptorDeps): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const startedAt = performance.now();
        const finished = (outcome: string): number => {
          const ms = Math.round(performance.now() - startedAt);
          const labels = { activity: info.activityType, outcome };
          deps.metrics.activitySeconds.observe(labels, ms / 1000);
          return ms;
        };
        const ids = {
          activity: info.activityType,
          attempt: info.attempt,
          workflowId: info.workflowExecution?.workflowId,
        };
        try {
          const result = await next(input);
          const durationMs = finished('ok');
          count(deps.metrics, info.activityType, result);
          deps.log.info({ ...ids, durationMs, ...numbers(result) }, 'activity done');
          return result;
        } catch (error) {
          const outcome = outcomeOf(error);
          const durationMs = finished(outcome);
          deps.log.warn({ ...ids, durationMs, outcome }, 'activity not done');
          throw error;
        }
      },
    },
  });
}

function outcomeOf(error: unknown): string {
  if (error instanceof CancelledFailure) return 'cancelled';
  return (error instanceof ApplicationFailure ? error.type : undefined) ?? 'Unknown';
}

/** The counts that add up to the rows and absent people of a run. */
const OUTCOMES: ReadonlySet<string> = new Set(COUNT_NAMES);

function count(metrics: WorkerMetrics, activity: string, result: unknown): void {
  if (activity === 'failRun') metrics.runsFinished.inc({ state: 'failed' });
  if (typeof result !== 'object' || result === null) return;
  if (activity === 'stageFile' && 'rows' in result && typeof result.rows === 'number') {
    metrics.rowsStaged.inc(result.rows);
  }
  if (activity === 'finishRun' && 'state' in result && 'counts' in result) {
    metrics.runsFinished.inc({ state: String(result.state) });
    for (const [outcome, n] of Object.entries(result.counts ?? {})) {
      if (OUTCOMES.has(outcome) && typeof n === 'number') metrics.outcomes.inc({ outcome }, n);
    }
  }
}

/** Counts, states and outcomes of a result: its plain values, without nested objects. */
function numbers(result: unknown): Record<string, unknown> {
  if (typeof result !== 'object' || result === null) return {};
  const flat = Object.entries(result).filter(([, value]) => typeof value !== 'object');
  return flat.length === 0 ? {} : { result: Object.fromEntries(flat) };
}
