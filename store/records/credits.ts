import type { CreditValues } from '../../domain/records/credit';
import { creditPrint } from '../../domain/records/print';
import { newId } from '../database/db';
import type { ExternalCredit } from '../generated/client';
import type { UserTx } from '../users/userWrites';

/** Where credits are read: Prisma's client, or one of its transactions. */
export type CreditReader = Pick<UserTx, 'externalCredit'>;

export interface CreditRow extends CreditValues {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: Date;
  readonly viaUserId: string | null;
  readonly version: number;
}

/** A page of a person's credits, the newest day first; `after`: the id that the page before ended with. */
export async function selectCredits(
  db: CreditReader,
  o: { readonly userId: string; readonly limit: number; readonly after: string | null },
): Promise<CreditRow[]> {
  const { userId, limit, after } = o;
  const rows = await db.externalCredit.findMany({
    where: { userId, tombstonedBy: null },
    orderBy: [{ earnedOn: 'desc' }, { id: 'desc' }],
    take: limit,
    ...(after === null ? {} : { cursor: { id: after }, skip: 1 }),
  });
  return rows.map(rowOf);
}

export async function countCredits(db: CreditReader, userId: string): Promise<number> {
  return db.externalCredit.count({ where: { userId, tombstonedBy: null } });
}

/** A credit of this person. */
export async function findCredit(
  db: CreditReader,
  o: { readonly userId: string; readonly id: string },
): Promise<CreditRow | null> {
  const row = await db.externalCredit.findFirst({ where: { ...o, tombstonedBy: null } });
  return row === null ? null : rowOf(row);
}

/** The credit of this person that is the same one: it has the same print. */
export async function findSameCredit(
  db: CreditReader,
  o: { readonly userId: string; readonly values: CreditValues },
): Promise<CreditRow | null> {
  const print = creditPrint(o.values);
  const row = await db.externalCredit.findFirst({
    where: { userId: o.userId, print, tombstonedBy: null },
  });
  return row === null ? null : rowOf(row);
}

/** Creates a credit of version 1 of a locked user; see `insertEnrollment` for `viaUserId`. */
export async function insertCredit(
  tx: UserTx,
  o: { readonly userId: string; readonly viaUserId: string | null; readonly values: CreditValues },
): Promise<string> {
  const { values, ...row } = o;
  const id = newId();
  await tx.externalCredit.create({ data: { id, ...row, ...columnsOf(values) } });
  return id;
}

/** Writes a credit of a locked user: the version grows by one. */
export async function updateCredit(tx: UserTx, id: string, values: CreditValues): Promise<void> {
  await tx.externalCredit.update({
    where: { id },
    data: { ...columnsOf(values), version: { increment: 1 } },
  });
}

/** Deletes a credit of a locked user. Its values are in the audit. */
export async function deleteCredit(tx: UserTx, id: string): Promise<void> {
  await tx.externalCredit.delete({ where: { id } });
}

function rowOf({ credits, earnedOn, ...row }: ExternalCredit): CreditRow {
  const { id, userId, title, provider, evidenceUrl, createdAt, viaUserId, version } = row;
  return {
    ...{ id, userId, title, provider },
    credits: credits.toString(),
    earnedOn: earnedOn.toISOString().slice(0, 10),
    ...{ evidenceUrl, createdAt, viaUserId, version },
  };
}

function columnsOf(values: CreditValues): Omit<CreditValues, 'earnedOn'> & {
  readonly earnedOn: Date;
  readonly print: bigint;
} {
  const { title, provider, credits, earnedOn, evidenceUrl } = values;
  const print = creditPrint(values);
  return {
    title,
    provider,
    credits,
    earnedOn: new Date(`${earnedOn}T00:00:00Z`),
    evidenceUrl,
    print,
  };
}
