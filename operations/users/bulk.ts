import { Fault } from '../../domain/faults';
import { userKey } from '../../domain/keys';
import type { UserScope } from '../../domain/permissions';
import { Faults } from '../../domain/severalFaults';
import type { BulkOptions } from '../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../domain/users/fields';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { createRun } from '../../store/runs/runs';
import { ADMIN_SOURCE_ID } from '../../store/sources/sources';
import { countChosen, freezeChosen, type BulkSelection } from '../../store/users/chosen';
import { archivedAmong, type Filled } from '../../store/users/many/archived';
import { organizationKeys } from '../../store/users/organizations';
import { selectProperties } from '../../store/users/properties';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import type { StartedRun } from '../runs/imports';
import { addArchived } from './archived';
import { changeOfFields } from './bulkFields';
import { refuseLastOwner } from './lastOwner';
import { selectionOf, type Selection } from './selection';
import type { FieldInput } from './userFields';
import { reachedBy, scopeFor } from './userScope';

/**
 * The change of the chosen users: their status, their organization (by code or name), or the same values for
 * all of them, with a key in neither `set` nor `clear`.
 */
export type BulkChange =
  { readonly status: 'active' | 'inactive' } | { readonly organization: string } | FieldInput;

/** How a change of the chosen users is carried out. */
export interface BulkRun {
  /** Off by default. */
  readonly dryRun?: boolean;
  /** The number of people that the actor confirmed; without one, the gate `expect` holds. */
  readonly expect?: number | null;
  readonly reason?: string;
}

export type BulkInput = Selection & BulkChange & BulkRun;

/**
 * Records a run that changes the chosen users; the choice is frozen with it. Its workflow has yet
 * to be started. Faults: `usage`, `not_found`, `forbidden`.
 */
export async function createBulk(context: OperationContext, input: BulkInput): Promise<StartedRun> {
  const { scope, selection, change, properties } = await prepared(context, input);
  const options: BulkOptions = {
    ...reachedBy(scope),
    dryRun: input.dryRun === true,
    change,
    expect: input.expect ?? null,
    ...(input.reason === undefined ? {} : { reason: input.reason }),
  };
  return transaction(context.db, async (tx) => {
    const run = await createRun(tx, {
      kind: 'bulk',
      sourceId: ADMIN_SOURCE_ID,
      actorId: context.actorId,
      options,
      dryRun: input.dryRun === true,
    });
    await freezeChosen(tx, { runId: run.runId, selection, properties });
    await audit(tx, {
      ...actorOf(context),
      action: 'run.bulk',
      subjectType: 'run',
      subjectId: run.runId,
      runId: run.runId,
      fields: fieldsOf(change),
    });
    return { ...run, kind: 'bulk' };
  });
}

/**
 * How many users a selection has now, and how many of them the change would change: fewer when some
 * of them already have that value set by hand. Faults as {@link createBulk}.
 */
export async function sizeOfBulk(
  context: OperationContext,
  input: Selection & BulkChange,
): Promise<{ readonly chosen: number; readonly changed: number }> {
  const chosen = await prepared(context, input);
  return countChosen(context.db.pool, chosen);
}

async function prepared(
  context: OperationContext,
  input: Selection & BulkChange,
): Promise<{
  readonly scope: UserScope;
  readonly selection: BulkSelection;
  readonly change: BulkOptions['change'];
  readonly properties: readonly PropertyDefinition[];
}> {
  const verb =
    'status' in input ? 'users.status' : 'organization' in input ? 'users.assign' : 'users.edit';
  const scope = await scopeFor(context, verb);
  const change = await changeOf(context, scope, input);
  const archived = new Faults();
  addArchived(archived, await archivedAmong(context.db.pool, filledBy(change)));
  archived.refuse();
  return {
    scope,
    selection: await chosenFor(context, scope, { input, change }),
    change,
    properties: await selectProperties(context.db.pool),
  };
}

/** The organization and the properties that a change fills. */
function filledBy({ organizationId, fields = {} }: BulkOptions['change']): Filled {
  const filled = Object.entries(fields).filter(
    ([name, value]) => name.startsWith('properties.') && value !== null,
  );
  return { organizationId, properties: filled.map(([name]) => name.slice('properties.'.length)) };
}

/** The fields that a change sets or clears, in the order of a plan. */
function fieldsOf({ status, organizationId, fields = {} }: BulkOptions['change']): string[] {
  return [
    ...(status === undefined ? [] : ['status']),
    ...(organizationId === undefined ? [] : ['organization']),
    ...Object.keys(fields),
  ];
}

async function changeOf(
  context: OperationContext,
  scope: UserScope,
  input: BulkChange,
): Promise<BulkOptions['change']> {
  if ('status' in input) return { status: statusOf(input) };
  if (!('organization' in input)) return changeOfFields(context, scope, input);
  const keys = await organizationKeys(context.db.pool, scope);
  const organizationId = keys.get(userKey(input.organization));
  if (organizationId !== undefined) return { organizationId };
  throw new Fault('not_found', {
    code: 'organization_not_found',
    message: `There is no organization "${input.organization}".`,
    next: { do: 'listOrganizations' },
  });
}

/** A program without types may give another word, or something beside it. */
function statusOf(input: { readonly status: unknown }): 'active' | 'inactive' {
  const { status } = input;
  const isAlone = !('organization' in input || 'set' in input || 'clear' in input);
  if ((status === 'active' || status === 'inactive') && isAlone) return status;
  throw new Fault('usage', {
    code: 'unknown_status',
    message:
      'A change of many has the status (active or inactive) alone, or values in `set` and `clear`.',
  });
}

/** A filter that does not mention status chooses users that the change can change. */
async function chosenFor(
  context: OperationContext,
  scope: UserScope,
  { input, change }: { readonly input: Selection; readonly change: BulkOptions['change'] },
): Promise<BulkSelection> {
  const { status } = change;
  const standard = status === 'active' ? 'inactive' : 'active';
  const selection = await selectionOf(context, scope, { ...input, standard });
  if (selection.kind === 'ids' && status === 'inactive') {
    await refuseLastOwner(context, selection.ids);
  }
  return selection;
}
