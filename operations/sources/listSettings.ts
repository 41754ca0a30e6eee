import { Fault } from '../../domain/faults';
import { twoRowsOf, type TwoRows } from '../../domain/runs/runOptions';
import type { Queryable } from '../../store/database/db';
import { dueNext } from '../../store/lifecycle/due';
import { setGates, setTwoRows } from '../../store/sources/connectionEdits';
import { findSource, type SourceRow } from '../../store/sources/sources';
import type { Tx } from '../../store/database/db';
import { checkTwoRows } from '../runs/imports';
import { auditSource, notPolled, type SourceContext } from './polledSource';
import { gateFaults, refuse, type GivenGates } from './sourceSettings';

/** Settings of a list as they are given; an absent one stays. */
export interface GivenListSettings {
  readonly gates?: GivenGates;
  /** Which of several rows about one person counts; `null`: none, they are conflicts. */
  readonly twoRows?: TwoRows | null;
}

/** A named list; null: the name belongs to another kind of source, or to none. */
export async function findList(db: Queryable, name: string): Promise<SourceRow | null> {
  const source = await findSource(db, name);
  return source?.kind === 'list' ? source : null;
}

/** What a list has of the details of a source. */
export async function listDetails(db: Queryable, source: SourceRow) {
  const zone = source.settings['timeZone'];
  return {
    system: null,
    custom: false,
    config: {},
    secrets: [],
    baseUrl: null,
    readsChanges: false,
    timeZone: typeof zone === 'string' ? zone : 'UTC',
    dueNext: await dueNext(db, source.id),
    fullReadAt: null,
    declarationChanged: false,
    twoRows: twoRowsOf(source.settings),
  };
}

/** Changes settings of a list. @throws Fault state for settings that only a system has. */
export async function setList(
  tx: Tx,
  context: SourceContext,
  o: { readonly source: SourceRow; readonly others: readonly string[] } & GivenListSettings,
): Promise<void> {
  const { source, gates = {}, twoRows } = o;
  if (o.others.length > 0) throw notPolled(source);
  if (Object.keys(gates).length === 0 && twoRows === undefined) {
    throw new Fault('usage', {
      code: 'nothing_to_change',
      message: 'There is nothing to change.',
      next: { do: 'helpSetSource' },
    });
  }
  refuse(gateFaults(gates), {
    code: 'bad_settings',
    next: { do: 'showSource', source: source.name },
  });
  if (twoRows !== undefined) {
    checkTwoRows(twoRows);
    await setTwoRows(tx, { sourceId: source.id, twoRows });
  }
  if (Object.keys(gates).length > 0) await setGates(tx, { sourceId: source.id, gates });
  await auditSource(tx, context, {
    action: 'source.set',
    sourceId: source.id,
    fields: [
      ...Object.keys(gates).map((gate) => `gate.${gate}`),
      ...(twoRows === undefined ? [] : ['twoRows']),
    ],
  });
}
