import { Fault } from '../../domain/faults';
import { inScope } from '../../domain/permissions';
import { Faults } from '../../domain/severalFaults';
import { shown } from '../../domain/shown';
import { isEmail } from '../../domain/users/email';
import { audit, type AuditChanges } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import {
  archiveOrganization as writeArchived,
  findOrganization,
  insertOrganization,
  selectOrganizations,
  updateOrganizationMail,
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
  /** ISO 8601 instant: nobody new comes into it; `null`: people can. */
  readonly archivedAt: string | null;
  /** The name beside the sender's address in letters to these people; `null`: as configured. */
  readonly mailName: string | null;
  /** Where answers to these letters go; `null`: to the sender's address. */
  readonly replyTo: string | null;
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

/** A manager sees only their own organizations. `all`: with the archived ones. */
export async function listOrganizations(
  context: OperationContext,
  { all = false }: { readonly all?: boolean } = {},
): Promise<OrganizationView[]> {
  const scope = await scopeFor(context, 'organizations.read');
  return (await selectOrganizations(context.db.pool, { scope, archived: all })).map(view);
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

/**
 * Archives an organization: nobody new comes into it, whoever asks; its people stay in it, and lists, filters
 * and exports of people have it as before. With `undo` people can come again. Faults: `not_found`.
 */
export async function archiveOrganization(
  context: OperationContext,
  { code, undo = false }: { readonly code: string; readonly undo?: boolean },
): Promise<OrganizationView> {
  await scopeFor(context, 'organizations.write');
  await transaction(context.db, async (tx) => {
    const row = await findOrganization(tx, code);
    if (row === null) throw unknown(code);
    if ((row.archivedAt === null) === undo) return;
    await writeArchived(tx, { id: row.id, archived: !undo });
    await audit(tx, {
      ...actorOf(context),
      action: undo ? 'organization.unarchive' : 'organization.archive',
      subjectType: 'organization',
      subjectId: row.id,
      changes: { archived: [undo, !undo] },
    });
  });
  return showOrganization(context, code);
}

export interface SetOrganization {
  readonly code: string;
  /** What letters to these people show beside the sender's address; `null` or empty: as configured. */
  readonly mailName?: string | null;
  /** An address; `null` or empty: answers go to the sender's address. */
  readonly replyTo?: string | null;
}

/**
 * How letters to people of an organization are signed. The sender's address stays the configured one. Writes
 * nothing when nothing changes. Faults: `usage`, `not_found`.
 */
export async function setOrganization(
  context: OperationContext,
  input: SetOrganization,
): Promise<OrganizationView> {
  await scopeFor(context, 'organizations.write');
  const faults = new Faults();
  const { mailName, replyTo } = input;
  const given = {
    ...(mailName === undefined ? {} : { mailName: readMailName(mailName ?? '', faults) }),
    ...(replyTo === undefined ? {} : { replyTo: readReplyTo(replyTo ?? '', faults) }),
  };
  faults.refuse();
  await transaction(context.db, async (tx) => {
    const row = await findOrganization(tx, input.code);
    if (row === null) throw unknown(input.code);
    const after = { mailName: row.mailName, replyTo: row.replyTo, ...given };
    const changes: AuditChanges = {
      ...(after.mailName === row.mailName ? {} : { mailName: [row.mailName, after.mailName] }),
      ...(after.replyTo === row.replyTo ? {} : { replyTo: [row.replyTo, after.replyTo] }),
    };
    if (Object.keys(changes).length === 0) return;
    await updateOrganizationMail(tx, { id: row.id, ...after });
    await audit(tx, {
      ...actorOf(context),
      action: 'organization.set',
      subjectType: 'organization',
      subjectId: row.id,
      changes,
    });
  });
  return showOrganization(context, input.code);
}

const MAX_MAIL_NAME_CHARS = 200;

function readMailName(given: string, faults: Faults): string | null {
  const name = given.trim();
  // A line break would begin another header; an address in the name poses as the sender.
  if (name.length > MAX_MAIL_NAME_CHARS || /[\p{Cc}\u2028\u2029<>@]/u.test(name)) {
    faults.add(
      'mailName',
      new Fault('usage', {
        code: 'bad_name',
        message: `The name in letters has ${String(MAX_MAIL_NAME_CHARS)} characters at most, no line break and none of < > @.`,
      }),
    );
  }
  return name === '' ? null : name;
}

function readReplyTo(given: string, faults: Faults): string | null {
  const address = given.trim();
  if (address !== '' && !isEmail(address)) {
    faults.add(
      'replyTo',
      new Fault('usage', {
        code: 'bad_email',
        message: `${shown(address)} is no e-mail address.`,
      }),
    );
  }
  return address === '' ? null : address;
}

function view({ createdAt, archivedAt, ...organization }: OrganizationRow): OrganizationView {
  return {
    ...organization,
    createdAt: createdAt.toISOString(),
    archivedAt: archivedAt?.toISOString() ?? null,
  };
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
