import type { OperationContext } from '../../operations/context';
import { createImport, prepareImport, type ImportRequest } from '../../operations/runs/imports';
import type { StoredRunState } from '../../domain/runs/run';
import { OWNER_ID } from '../../store/sources/sources';
import type { TestDatabase } from '../support/postgres';

/** The owner, acting on a test's database. */
export function ownerOf({ db }: TestDatabase): OperationContext {
  return { db, actorId: OWNER_ID, level: 'owner', door: 'library', tokenId: null };
}

export async function* chunksOf(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

/** Records an import of a small file. */
export async function recordImport(
  context: OperationContext,
  request: ImportRequest = {},
): Promise<string> {
  const prepared = await prepareImport(context, request);
  const file = { name: 'people.csv', chunks: chunksOf('code\n1\n'), maxBytes: 1000 };
  return (await createImport(context, { prepared, file })).runId;
}

/** Brings a run to the state in which a worker would have left it. */
export async function putRun(
  { db }: Pick<OperationContext, 'db'>,
  runId: string,
  o: {
    state: StoredRunState;
    held?: object[];
    dryRun?: boolean;
    undoableUntil?: Date;
    counts?: object;
  },
): Promise<void> {
  const ended = ['done', 'planned', 'rejected', 'cancelled', 'failed'].includes(o.state);
  await db.pool.query(
    `update run set state = $2::run_state, held = $3, dry_run = $4, undoable_until = $5, planned_at = now(), counts = $7,
       staged_at = now(),
       applied_at = case when $2::run_state = 'done' then now() end,
       approved_at = case when $2::run_state = 'done' then now() end, finished_at = case when $6 then now() end,
       failure = case when $2::run_state = 'failed' then '{"code":"test","message":"It broke."}'::jsonb end
     where id = $1`,
    [
      runId,
      o.state,
      JSON.stringify(o.held ?? []),
      o.dryRun ?? o.state === 'planned',
      o.undoableUntil ?? null,
      ended,
      JSON.stringify(o.counts ?? {}),
    ],
  );
}

/** The fault with which a promise rejects. */
export async function faultOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('no fault was thrown');
}
