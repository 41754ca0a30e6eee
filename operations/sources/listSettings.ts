import { Fault } from '../../domain/faults';
import { keyIn, keyOf, type ListKey } from '../../domain/files/listKey';
import type { TwoRows } from '../../domain/runs/runOptions';
import type { ListOption, ListOptions } from '../../domain/sources/listOptions';
import type { Queryable } from '../../store/database/db';
import {
  setGates,
  setListOptions,
  setTimeZone,
  setTwoRows,
} from '../../store/sources/connectionEdits';
import { requireKey } from '../../store/lifecycle/lists';
import { findSource, type SourceRow } from '../../store/sources/sources';
import type { Tx } from '../../store/database/db';
import { selectProperties } from '../../store/users/properties';
import { checkFormat, checkTwoRows, readingOptions } from '../runs/importOptions';
import { auditSource, notPolled, type SourceContext } from './polledSource';
import { withKept } from './keptOptions';
import { resolveMap } from './mappings';
import { asListed, gateFaults, refuse, zoneFaults, type GivenGates } from './sourceSettings';

/** Options that a list keeps for its imports, as they are given. */
export interface GivenList extends ListOptions {
  /** What says who a row is; only of a list that knows nobody yet. */
  readonly key?: ListKey;
  /** Options that the list forgets. */
  readonly without?: readonly ListOption[];
}

/** Settings of a list as they are given; an absent one stays. */
export interface GivenListSettings {
  readonly gates?: GivenGates;
  /** Which of several rows about one person counts; `null`: none, they are conflicts. */
  readonly twoRows?: TwoRows | null;
  /** Zone of people whose zone a row does not name; `null`: none is set. */
  readonly timeZone?: string | null;
  readonly list?: GivenList;
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
  const { source, gates = {}, twoRows, timeZone, list = {} } = o;
  if (o.others.length > 0) throw notPolled(source);
  const isGiven = [gates, list].some((part) => Object.keys(part).length > 0);
  if (!isGiven && twoRows === undefined && timeZone === undefined) {
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
  if (timeZone !== undefined) {
    await setTimeZone(tx, { sourceId: source.id, timeZone: asListed(timeZone) });
  }
  if (Object.keys(gates).length > 0) await setGates(tx, { sourceId: source.id, gates });
  await setKept(tx, context, { source, list });
  await auditSource(tx, context, {
    action: 'source.set',
    sourceId: source.id,
    fields: [
      ...Object.keys(gates).map((gate) => `gate.${gate}`),
      ...(twoRows === undefined ? [] : ['twoRows']),
      ...(timeZone === undefined ? [] : ['timeZone']),
      ...Object.keys(list).filter((name) => name !== 'without'),
      ...(list.without ?? []),
    ],
  });
}

/** Sets what a list keeps for its imports. @throws Fault for options that no import could have. */
async function setKept(
  tx: Tx,
  context: SourceContext,
  o: { readonly source: SourceRow; readonly list: GivenList },
): Promise<void> {
  const { source, list } = o;
  if (Object.keys(list).length === 0) return;
  checkFormat(list);
  const map = await resolveMap(context, list.map ?? [], list.dateFormat);
  const { columns } = readingOptions(list, map, null);
  const key = keyIn(list.key ?? keyOf(source.settings), columns);
  await requireKey(tx, source, key);
  const properties = list.map === undefined ? [] : await selectProperties(context.db.pool);
  const { keeps } = withKept(list, { settings: source.settings, properties });
  const changes = Object.entries(keeps).map(([name, [, after]]) => [name, after] as const);
  await setListOptions(tx, {
    sourceId: source.id,
    options: Object.fromEntries(changes.filter(([name]) => name !== 'key')),
    key: list.key === undefined ? undefined : key,
  });
}
