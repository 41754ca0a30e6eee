import { Fault } from '../../domain/faults';
import type { TwoRows } from '../../domain/runs/runOptions';
import type { Queryable } from '../../store/database/db';
import { setGates, setTimeZone, setTwoRows } from '../../store/sources/connectionEdits';
import { findSource, type SourceRow } from '../../store/sources/sources';
import type { Tx } from '../../store/database/db';
import { checkTwoRows } from '../runs/imports';
import { auditSource, notPolled, type SourceContext } from './polledSource';
import { gateFaults, refuse, zoneFaults, type GivenGates } from './sourceSettings';

/** Settings of a list as they are given; an absent one stays. */
export interface GivenListSettings {
  readonly gates?: GivenGates;
  /** Which of several rows about one person counts; `null`: none, they are conflicts. */
  readonly twoRows?: TwoRows | null;
  /** Zone of people whose zone a row does not name; `null`: none is set. */
  readonly timeZone?: string | null;
}

/** A named list; null: the name belongs to another kind of source, or to none. */
export async function findList(db: Queryable, name: string): Promise<SourceRow | null> {
  const source = await findSource(db, name);
  return source?.kind === 'list' ? source : null;
}

/** Changes settings of a list. @throws Fault state for settings that only a system has. */
export async function setList(
  tx: Tx,
  context: SourceContext,
  o: { readonly source: SourceRow; readonly others: readonly string[] } & GivenListSettings,
): Promise<void> {
  const { source, gates = {}, twoRows, timeZone } = o;
  if (o.others.length > 0) throw notPolled(source);
  if (Object.keys(gates).length === 0 && twoRows === undefined && timeZone === undefined) {
    throw new Fault('usage', {
      code: 'nothing_to_change',
      message: 'There is nothing to change.',
      next: { do: 'helpSetSource' },
    });
  }
  refuse([...gateFaults(gates), ...zoneFaults(timeZone ?? null)], {
    code: 'bad_settings',
    next: { do: 'showSource', source: source.name },
  });
  if (twoRows !== undefined) {
    checkTwoRows(twoRows);
    await setTwoRows(tx, { sourceId: source.id, twoRows });
  }
  if (timeZone !== undefined) await setTimeZone(tx, { sourceId: source.id, timeZone });
  if (Object.keys(gates).length > 0) await setGates(tx, { sourceId: source.id, gates });
  await auditSource(tx, context, {
    action: 'source.set',
    sourceId: source.id,
    fields: [
      ...Object.keys(gates).map((gate) => `gate.${gate}`),
      ...(twoRows === undefined ? [] : ['twoRows']),
      ...(timeZone === undefined ? [] : ['timeZone']),
    ],
  });
}
