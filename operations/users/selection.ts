import { Fault } from '../../domain/faults';
import type { UserScope } from '../../domain/permissions';
import type { UserStatus } from '../../domain/users/fields';
import type { BulkSelection } from '../../store/users/chosen';
import type { OperationContext } from '../context';
import { resolveUsers } from './userScope';
import { choiceOf, type ListUsers } from './users';

/** Users by name, or by a filter; not both. */
export interface Selection extends Pick<ListUsers, 'filter' | 'saved'> {
  /** Ids, codes, logins or e-mails. */
  readonly users?: readonly string[];
}

/**
 * The chosen users, within the reach. A filter that does not mention status is limited to users of the status
 * `standard`; active ones unless given. Faults: `usage`, `not_found`.
 */
export async function selectionOf(
  context: OperationContext,
  scope: UserScope,
  {
    users = [],
    filter,
    saved,
    standard = 'active',
  }: Selection & { readonly standard?: UserStatus },
): Promise<BulkSelection> {
  const isFiltered = filter !== undefined || saved !== undefined;
  if (isFiltered === users.length > 0) {
    throw new Fault('usage', {
      code: isFiltered ? 'users_and_filter' : 'nobody_named',
      message: isFiltered
        ? 'Name users or give a filter, not both.'
        : 'Say who: users, --filter or --saved.',
    });
  }
  if (!isFiltered) {
    const found = await resolveUsers(context, users, scope);
    return { kind: 'ids', ids: found.map(({ survivorId }) => survivorId), scope };
  }
  const named = {
    ...(filter === undefined ? {} : { filter }),
    ...(saved === undefined ? {} : { saved }),
  };
  return { kind: 'choice', choice: await choiceOf(context, scope, named), standard };
}

/** How a campaign keeps a choice. Named users are only counted, because what names them may be personal. */
export function selectionAsked({ filter, saved, users = [] }: Selection): object {
  return {
    ...(filter === undefined ? {} : { filter }),
    ...(saved === undefined ? {} : { saved }),
    ...(users.length === 0 ? {} : { users: users.length }),
  };
}
