import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import type { RunAddress, Temporal } from '../../temporal/gateway';
import { patiently } from '../../temporal/patience';

/** A restart of Temporal takes seconds. */
const LAUNCH_MS = 60_000;

/**
 * Starts the workflow of a recorded run; where Temporal is away the run stays `waiting`.
 * @throws Fault unavailable `not_started`
 */
export async function launch(temporal: () => Promise<Temporal>, run: RunAddress): Promise<void> {
  await launched(async () => (await temporal()).start(run), {
    message: `Run ${run.runId} is stored and waits: its workflow could not be started.`,
    next: { do: 'resume', run: run.runId },
  });
}

/**
 * Starts the workflow of a recorded campaign. A worker starts it later where the client is killed in between, or
 * Temporal stays away. @throws Fault unavailable `not_started`
 */
export async function launchCampaign(
  temporal: () => Promise<Pick<Temporal, 'startCampaign'>>,
  campaign: string,
): Promise<void> {
  await launched(async () => (await temporal()).startCampaign(campaign), {
    message: `Campaign ${campaign} is stored and waits: its workflow could not be started yet.`,
    next: { do: 'showCampaign', campaign },
  });
}

async function launched(
  start: () => Promise<void>,
  late: { readonly message: string; readonly next: Next },
): Promise<void> {
  try {
    await patiently({ patienceMs: LAUNCH_MS }, start);
  } catch (cause) {
    throw new Fault('unavailable', { code: 'not_started', ...late, cause });
  }
}
