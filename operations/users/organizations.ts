import { Fault } from '../../domain/faults';
import { inScope } from '../../domain/permissions';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import {
  findOrganization,
  insertOrganization,
  selectOrganizations,
  updateOrganizationName,
  type OrganizationRow,
} from '../../store/users/organizations';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { scopeFor } from './userScope';

/** An organization as it is shown; `users` counts without merged ones. */
export interface OrganizationView {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly users: number;
  readonly activeUsers: number;
  readonly createdAt: string;
}

/** How an organization is known, and what people read. */
export interface CodeAndName {
  readonly code: string;
  readonly name: string;
}

/** Makes an organization; codes are unique without regard to case. */
export async function createOrganization(
  context: OperationContext,
  input: CodeAndName,
): Promise<OrganizationView> {
  await scopeFor(context, 'organizations.write');
  const code = checked('code', input.code);
  const name = checked('name', input.name);
  await transaction(context.db, async (tx) => {
    const id = await insertOrganization(tx, { code, name });
    if (id === null) throw exists(code);
    await audit(tx, {
      ...actorOf(context),
      action: 'organization.create',
      subjectType: 'organization',
      subjectId: id,
      fields: ['code', 'name'],
    });
  });
  return showOrganization(context, code);
}

/** A manager sees only their own organizations. */
export async function listOrganizations(context: OperationContext): Promise<OrganizationView[]> {
  const scope = await scopeFor(context, 'organizations.read');
  return (await selectOrganizations(context.db.pool, scope)).map(view);
}

/** @throws Fault not_found */
export async function showOrganization(
  context: OperationContext,
  code: string,
): Promise<OrganizationView> {
  const scope = await scopeFor(context, 'organizations.read');
  const row = await findOrganization(context.db.pool, code);
  if (row === null || !inScope(scope, row.id)) throw unknown(code);
  return view(row);
}

/** Changes the name. The code stays, because files name it. */
export async function renameOrganization(
  context: OperationContext,
  input: CodeAndName,
): Promise<OrganizationView> {
  await scopeFor(context, 'organizations.write');
  const name = checked('name', input.name);
  await transaction(context.db, async (tx) => {
    const row = await findOrganization(tx, input.code);
    if (row === null) throw unknown(input.code);
    if (row.name === name) return;
    await updateOrganizationName(tx, { id: row.id, name });
    await audit(tx, {
      ...actorOf(context),
      action: 'organization.rename',
      subjectType: 'organization',
      subjectId: row.id,
      fields: ['name'],
    });
  });
  return showOrganization(context, input.code);
}

function view({ createdAt, ...organization }: OrganizationRow): OrganizationView {
  return { ...organization, createdAt: createdAt.toISOString() };
}

function checked(what: 'code' | 'name', given: string): string {
  const value = given.trim();
  const most = what === 'code' ? 100 : 300;
  if (value !== '' && value.length <= most && !/\p{Cc}/u.test(value)) return value;
  throw new Fault('usage', {
    code: `bad_${what}`,
    message: `The ${what} of an organization has 1 to ${String(most)} characters and no control characters.`,
    next: { do: 'createOrganization' },
  });
}

function unknown(code: string): Fault {
  return new Fault('not_found', {
    code: 'organization_not_found',
    message: `There is no organization "${code}".`,
    next: { do: 'listOrganizations' },
  });
}

function exists(code: string): Fault {
  return new Fault('conflict', {
    code: 'organization_exists',
    message: `There is an organization "${code}" already.`,
    next: { do: 'showOrganization', code },
  });
}
