import { Fault } from '../../domain/faults';
import type { RunAddress, Temporal } from '../../temporal/gateway';
import { patiently } from '../../temporal/patience';

/** A restart of Temporal takes seconds. */
const LAUNCH_MS = 60_000;

/**
 * Starts the workflow of a recorded run; where Temporal is away the run stays `waiting`.
 * @throws Fault unavailable `not_started`
 */
export async function launch(temporal: () => Promise<Temporal>, run: RunAddress): Promise<void> {
  try {
    await patiently({ patienceMs: LAUNCH_MS }, async () => (await temporal()).start(run));
  } catch (cause) {
    throw new Fault('unavailable', {
      code: 'not_started',
      message: `Run ${run.runId} is stored and waits: its workflow could not be started.`,
      next: { do: 'resume', run: run.runId },
      cause,
    });
  }
}
