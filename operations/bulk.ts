import { Fault } from '../domain/faults';
import type { BulkOptions } from '../domain/run';
import { audit } from '../store/audit';
import { freezeChosen, type BulkSelection } from '../store/bulk';
import { transaction } from '../store/db';
import { selectProperties } from '../store/properties';
import { createRun } from '../store/runs';
import { ADMIN_SOURCE_ID } from '../store/sources';
import { countUsers } from '../store/users';
import type { OperationContext } from './context';
import type { StartedRun } from './imports';
import { choiceOf, type ListUsers } from './users';
import { resolveUsers, scopeFor } from './userScope';

/** Users by name, or by a filter; not both. */
export interface Selection extends Pick<ListUsers, 'filter' | 'saved'> {
  /** Ids, codes, logins or e-mails. */
  readonly users?: readonly string[];
}

export interface BulkStatus extends Selection {
  readonly status: 'active' | 'inactive';
  readonly dryRun: boolean;
  /** The number of people that the actor confirmed; null: none, and the gate `expect` holds. */
  readonly expect: number | null;
  readonly reason?: string;
}

/**
 * Records a run that activates or deactivates the chosen users; who they are is frozen with it. Its
 * workflow is to be started. Faults: `usage`, `not_found`, `forbidden`.
 */
export async function createStatusChange(
  context: OperationContext,
  input: BulkStatus,
): Promise<StartedRun> {
  const selection = await selectionOf(context, input);
  const properties = await selectProperties(context.db.pool);
  const options: BulkOptions = {
    dryRun: input.dryRun,
    change: { status: input.status },
    expect: input.expect,
    ...(input.reason === undefined ? {} : { reason: input.reason }),
  };
  return transaction(context.db, async (tx) => {
    const run = await createRun(tx, {
      kind: 'bulk',
      sourceId: ADMIN_SOURCE_ID,
      actorId: context.actorId,
      options,
      dryRun: input.dryRun,
    });
    await freezeChosen(tx, { runId: run.runId, selection, properties });
    await audit(tx, {
      actorId: context.actorId,
      action: 'run.bulk',
      subjectType: 'run',
      subjectId: run.runId,
      runId: run.runId,
      fields: ['status'],
    });
    return { ...run, kind: 'bulk' };
  });
}

/** How many users a selection has now. Faults as {@link createStatusChange}. */
export async function countSelected(
  context: OperationContext,
  input: Selection & { readonly status: 'active' | 'inactive' },
): Promise<number> {
  const selection = await selectionOf(context, input);
  if (selection.kind === 'ids') return selection.ids.length;
  const { choice, standard } = selection;
  const properties = await selectProperties(context.db.pool);
  return countUsers(context.db.pool, { choice, properties, standard });
}

/**
 * A filter that does not speak of status chooses those whom the change can change: the active ones
 * for a deactivation, the inactive ones for an activation.
 */
async function selectionOf(
  context: OperationContext,
  input: Selection & { readonly status: 'active' | 'inactive' },
): Promise<BulkSelection> {
  const scope = await scopeFor(context, 'users.status');
  const { users = [] } = input;
  const filtered = input.filter !== undefined || input.saved !== undefined;
  if (filtered === users.length > 0) {
    throw new Fault('usage', {
      code: filtered ? 'users_and_filter' : 'nobody_named',
      message: filtered
        ? 'Name users or give a filter, not both.'
        : 'Say who: users, --filter or --saved.',
      next: 'rollcall users deactivate --filter \'department eq "Sales"\' --dry-run',
    });
  }
  if (!filtered) {
    const found = await resolveUsers(context, users, scope);
    return { kind: 'ids', ids: found.map(({ survivorId }) => survivorId) };
  }
  const { filter, saved } = input;
  const named = {
    ...(filter === undefined ? {} : { filter }),
    ...(saved === undefined ? {} : { saved }),
  };
  return {
    kind: 'choice',
    choice: await choiceOf(context, scope, named),
    standard: input.status === 'active' ? 'inactive' : 'active',
  };
}
