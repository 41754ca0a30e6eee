import { Fault } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { Params } from '../../store/users/params';
import { compileFilter } from '../../store/users/filter';
import { selectProperties } from '../../store/users/properties';
import {
  findSavedFilter,
  removeSavedFilter,
  renameSavedFilter,
  selectSavedFilters,
  upsertSavedFilter,
  type SavedFilterRow,
} from '../../store/users/savedFilters';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';

/** A saved filter as it is shown. */
export interface SavedFilterView {
  readonly name: string;
  readonly filter: string;
  readonly createdAt: string;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} _.-]{0,62}$/u;

/** Saves a filter under a name, replacing one of that name. Faults: `usage` with the position. */
export async function saveFilter(
  context: OperationContext,
  { name, filter }: { readonly name: string; readonly filter: string },
): Promise<SavedFilterView> {
  requirePermission(context.level, 'filters.write');
  requireName(name);
  const properties = await selectProperties(context.db.pool);
  compileFilter(filter, { params: new Params(), properties });
  return transaction(context.db, async (tx) => {
    const row = await upsertSavedFilter(tx, { name, filter });
    await audit(tx, filterEvent(context, row.replaced ? 'filter.edit' : 'filter.create', row.id));
    return view(row);
  });
}

export async function listFilters(context: OperationContext): Promise<SavedFilterView[]> {
  requirePermission(context.level, 'filters.read');
  return (await selectSavedFilters(context.db.pool)).map(view);
}

/** The saved filter of this name. @throws Fault not_found */
export async function savedFilter(
  context: OperationContext,
  name: string,
): Promise<SavedFilterView> {
  requirePermission(context.level, 'filters.read');
  const row = await findSavedFilter(context.db.pool, name);
  if (row === null) throw unknown(name);
  return view(row);
}

export async function renameFilter(
  context: OperationContext,
  { name, to }: { readonly name: string; readonly to: string },
): Promise<SavedFilterView> {
  requirePermission(context.level, 'filters.write');
  requireName(to);
  return transaction(context.db, async (tx) => {
    const outcome = await renameSavedFilter(tx, { name, to });
    if (outcome === 'missing') throw unknown(name);
    if (outcome === 'taken') throw taken(to);
    const row = await findSavedFilter(tx, to);
    if (row === null) throw unknown(to);
    await audit(tx, filterEvent(context, 'filter.rename', row.id));
    return view(row);
  });
}

export async function deleteFilter(context: OperationContext, name: string): Promise<void> {
  requirePermission(context.level, 'filters.write');
  await transaction(context.db, async (tx) => {
    const row = await findSavedFilter(tx, name);
    if (row === null || !(await removeSavedFilter(tx, name))) throw unknown(name);
    await audit(tx, filterEvent(context, 'filter.delete', row.id));
  });
}

function filterEvent(context: OperationContext, action: string, subjectId: string) {
  return { ...actorOf(context), action, subjectType: 'filter', subjectId } as const;
}

function view({ name, filter, createdAt }: SavedFilterRow): SavedFilterView {
  return { name, filter, createdAt: createdAt.toISOString() };
}

function requireName(name: string): void {
  if (NAME.test(name)) return;
  throw new Fault('usage', {
    code: 'bad_name',
    message: `"${name}" is no name for a filter: letters, digits, space, dot, dash and underscore, at most 63.`,
    next: { do: 'saveFilter' },
  });
}

function unknown(name: string): Fault {
  return new Fault('not_found', {
    code: 'filter_not_found',
    message: `There is no saved filter "${name}".`,
    next: { do: 'listFilters' },
  });
}

function taken(name: string): Fault {
  return new Fault('conflict', {
    code: 'filter_exists',
    message: `There is another filter "${name}".`,
    next: { do: 'deleteFilter', name },
  });
}
