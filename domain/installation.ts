import type { RunKind } from './runs/run';

/**
 * The id of a run's workflow: one workflow at a time for each run, from whichever client. It names
 * the installation, because a copy of a database has the same runs.
 */
export function workflowIdOf(o: {
  readonly installation: string;
  readonly kind: RunKind;
  readonly runId: string;
}): string {
  return inInstallation(`${o.kind}/${o.runId}`, o.installation);
}

/** The id of a campaign's workflow: one at a time for each campaign, as {@link workflowIdOf}. */
export function campaignWorkflowId(o: {
  readonly installation: string;
  readonly campaignId: string;
}): string {
  return inInstallation(`campaign/${o.campaignId}`, o.installation);
}

/** The id `kind/rest` of a build whose ids named no installation, in this installation. */
export function inInstallation(id: string, installation: string): string {
  return id.replace('/', `/${installation}/`);
}

/** True when an id names this installation. */
export function isOfInstallation(id: string, installation: string): boolean {
  return id.split('/')[1] === installation;
}
