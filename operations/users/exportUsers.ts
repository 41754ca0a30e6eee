import {
  exportColumns,
  importableColumns,
  WHOLE_USER,
  type ExportColumn,
  type ExportedUser,
} from '../../domain/files/exportColumns';
import type { UserScope } from '../../domain/permissions';
import { audit, type AuditChanges } from '../../store/database/audit';
import { newId } from '../../store/database/db';
import { exportedUsers, exportSql, type ExportSql } from '../../store/users/exports';
import { selectProperties } from '../../store/users/properties';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { choiceOf, type ListUsers } from './users';
import { scopeFor } from './userScope';

export interface ExportUsers extends Pick<
  ListUsers,
  'search' | 'filter' | 'saved' | 'status' | 'sort'
> {
  /**
   * Names of a user's JSON, or of columns of an import. Without them CSV has every column that an
   * import reads, and lines of JSON are complete users.
   */
  readonly columns?: readonly string[];
}

/** An export that is ready to be read, once. */
export interface PreparedExport {
  /** `null`: complete users. */
  readonly columns: readonly ExportColumn[] | null;
  /**
   * The users in blocks, all from one snapshot: those that the actor reaches when reading begins, which may be
   * later than the preparation. Writes the audit event, then calls `begins` with the number of users, then gives
   * the first of them, so that an export that is cut off is audited, too. Faults: `forbidden`.
   */
  read(begins: (users: number) => void): AsyncGenerator<readonly ExportedUser[], void>;
}

/** Prepares an export of the users that a list with these options has. Faults: as of a list. */
export async function exportUsers(
  context: OperationContext,
  input: ExportUsers,
  format: 'csv' | 'jsonl',
): Promise<PreparedExport> {
  const scope = await scopeFor(context, 'users.export');
  const { columns: names, sort } = input;
  const choice = await choiceOf(context, scope, input);
  const properties = await selectProperties(context.db.pool);
  const standard = format === 'csv' ? importableColumns(properties) : null;
  const columns = names === undefined ? standard : exportColumns(names, properties);
  const sqlFor = (reach: UserScope): ExportSql =>
    exportSql({
      ...{ choice: { ...choice, scope: reach }, properties },
      identities: columns?.includes('identities') ?? true,
      ...(sort === undefined ? {} : { sort }),
    });
  // A filter that is no filter is refused now, not when the file is begun.
  sqlFor(scope);
  const begun = async (users: number): Promise<void> =>
    audit(context.db.pool, {
      ...actorOf(context),
      action: 'users.export',
      subjectType: 'export',
      subjectId: newId(),
      fields: columns ?? WHOLE_USER,
      changes: asked({ ...input, users }),
    });
  return {
    columns,
    read: async function* (begins) {
      yield* exportedUsers(context.db, {
        sql: sqlFor(await scopeFor(context, 'users.export')),
        begins: async (users) => {
          await begun(users);
          begins(users);
        },
      });
    },
  };
}

/** Who was asked for and how many they were, kept as values: a filter may name a person. */
function asked(o: ExportUsers & { readonly users: number }): AuditChanges {
  const { search, filter, saved, status, users } = o;
  const given = Object.entries({ search, filter, saved, status, users });
  return Object.fromEntries(
    given.flatMap(([what, value]) => (value === undefined ? [] : [[what, [null, value]] as const])),
  );
}
