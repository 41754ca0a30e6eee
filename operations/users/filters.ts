import { Fault } from '../../domain/faults';
import { reaches, requirePermission } from '../../domain/permissions';
import { audit, type AuditEvent } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { Params } from '../../store/users/params';
import { compileFilter } from '../../store/users/filter';
import { requireCourses } from '../../store/users/filterCourses';
import { countEach } from '../../store/users/filterCounts';
import { selectProperties } from '../../store/users/properties';
import {
  findSavedFilter,
  findSharedFilter,
  insertSavedFilter,
  removeSavedFilter,
  selectSavedFilters,
  updateSavedFilter,
  type SavedFilterRow,
} from '../../store/users/savedFilters';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { scopeFor } from './userScope';

/** A saved filter as it is shown. */
export interface SavedFilterView {
  readonly name: string;
  readonly filter: string;
  /** False: only its owner finds it. */
  readonly shared: boolean;
  /** The admin whose filter it is. */
  readonly owner: string;
  readonly createdAt: string;
}

/** A saved filter in a list. */
export interface ListedFilter extends SavedFilterView {
  /**
   * How many people `users list --saved` lists within the reach of the reader; `null`: the filter names
   * a property that is no longer declared, or a course that has another code.
   */
  readonly count: number | null;
}

export interface SaveFilter {
  readonly name: string;
  readonly filter: string;
  /** A new filter is private unless given; one that is replaced stays as it is. */
  readonly shared?: boolean;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} _.-]{0,62}$/u;

/**
 * Saves a filter of the actor's own under a name, replacing the own one of that name. Faults: `usage` with
 * the position; `conflict` where another admin shares a filter of that name.
 */
export async function saveFilter(
  context: OperationContext,
  { name, filter, shared }: SaveFilter,
): Promise<SavedFilterView> {
  requirePermission(context.level, 'filters.write');
  requireName(name);
  const properties = await selectProperties(context.db.pool);
  compileFilter(filter, { params: new Params(), properties });
  await requireCourses(context.db.pool, [filter]);
  const named = { name, adminId: context.actorId };
  return transaction(context.db, async (tx) => {
    const found = await findSavedFilter(tx, named);
    const own = found?.ownerId === context.actorId ? found : null;
    const isShared = shared ?? own?.shared ?? false;
    if (isShared) {
      const other = await findSharedFilter(tx, name);
      if (other !== null && other.id !== own?.id) throw taken(other);
    }
    const saved = { name, filter, shared: isShared };
    const id = own?.id ?? (await insertSavedFilter(tx, { ...named, ...saved }));
    if (own !== null) await updateSavedFilter(tx, { id, ...saved });
    await audit(tx, filterEvent(context, own === null ? 'filter.create' : 'filter.edit', id));
    return shownAfter(tx, named);
  });
}

/** The actor's own filters and the shared ones, with how many people each finds. */
export async function listFilters(context: OperationContext): Promise<ListedFilter[]> {
  requirePermission(context.level, 'filters.read');
  const scope = await scopeFor(context, 'users.read');
  const properties = await selectProperties(context.db.pool);
  const rows = await selectSavedFilters(context.db.pool, context.actorId);
  const filters = rows.map(({ filter }) => filter);
  const counts = await countEach(context.db.pool, { filters, scope, properties });
  const broken = await Promise.all(filters.map((filter) => namesLostCourse(context, filter)));
  return rows.map((row, at) => ({
    ...view(row),
    count: broken[at] === true ? null : (counts[at] ?? null),
  }));
}

/** True for a filter with the code of a course that has another one since. */
async function namesLostCourse(context: OperationContext, filter: string): Promise<boolean> {
  try {
    await requireCourses(context.db.pool, [filter]);
    return false;
  } catch (error) {
    if (error instanceof Fault) return true;
    throw error;
  }
}

/** What the actor means by the name of a saved filter. @throws Fault not_found */
export async function savedFilter(
  context: OperationContext,
  name: string,
): Promise<SavedFilterView> {
  requirePermission(context.level, 'filters.read');
  const row = await findSavedFilter(context.db.pool, { name, adminId: context.actorId });
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
    const row = await changeable(context, tx, name);
    const [there, shared] = [
      await findSavedFilter(tx, { name: to, adminId: row.ownerId }),
      await findSharedFilter(tx, to),
    ];
    const ownOther = there?.ownerId === row.ownerId ? there : null;
    const other = ownOther ?? (row.shared ? shared : null);
    if (other !== null && other.id !== row.id) throw taken(other);
    await updateSavedFilter(tx, { ...row, name: to });
    await audit(tx, filterEvent(context, 'filter.rename', row.id));
    return view({ ...row, name: to });
  });
}

/** What was deleted, and the filter of that name that the actor finds from now on; `null`: none. */
export interface DeletedFilter extends SavedFilterView {
  readonly left: SavedFilterView | null;
}

/**
 * Deletes what the actor means by a name: a filter of their own, else a shared one. Faults: `not_found`,
 * `forbidden`.
 */
export async function deleteFilter(
  context: OperationContext,
  name: string,
): Promise<DeletedFilter> {
  requirePermission(context.level, 'filters.write');
  return transaction(context.db, async (tx) => {
    const row = await changeable(context, tx, name);
    if (!(await removeSavedFilter(tx, row.id))) throw unknown(name);
    await audit(tx, filterEvent(context, 'filter.delete', row.id));
    const left = await findSavedFilter(tx, { name, adminId: context.actorId });
    return { ...view(row), left: left === null ? null : view(left) };
  });
}

type Tx = Parameters<typeof findSharedFilter>[0];

/** The filter of this name, which the actor may change: an own one; any shared one from level admin on. */
async function changeable(
  context: OperationContext,
  tx: Tx,
  name: string,
): Promise<SavedFilterRow> {
  const row = await findSavedFilter(tx, { name, adminId: context.actorId });
  if (row === null) throw unknown(name);
  if (row.ownerId === context.actorId || reaches(context.level, 'admin')) return row;
  throw new Fault('forbidden', {
    code: 'forbidden',
    message: `The filter "${name}" belongs to ${row.owner}: only its owner and the levels admin and owner change it.`,
    next: { do: 'listFilters' },
  });
}

async function shownAfter(
  tx: Tx,
  named: { readonly name: string; readonly adminId: string },
): Promise<SavedFilterView> {
  const row = await findSavedFilter(tx, named);
  if (row === null) throw unknown(named.name);
  return view(row);
}

function filterEvent(context: OperationContext, action: string, subjectId: string): AuditEvent {
  return { ...actorOf(context), action, subjectType: 'filter', subjectId };
}

function view({ name, filter, shared, owner, createdAt }: SavedFilterRow): SavedFilterView {
  return { name, filter, shared, owner, createdAt: createdAt.toISOString() };
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

function taken({ name, owner }: SavedFilterRow): Fault {
  return new Fault('conflict', {
    code: 'filter_exists',
    message: `There is another filter "${name}" (of ${owner}).`,
    next: { do: 'deleteFilter', name },
  });
}
