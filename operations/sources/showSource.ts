import { sha256 } from '../../connectors/declaration/hash';
import type { Connector } from '../../connectors/declaration/schema';
import { validateConnector } from '../../connectors/declaration/validate';
import { connectorType } from '../../connectors/vendors';
import { mergedPeopleOf, type MergedPeople } from '../../domain/sources/mergedPeople';
import { requirePermission } from '../../domain/permissions';
import type { Gate } from '../../domain/runs/gates';
import type { ListKey } from '../../domain/files/listKey';
import { twoRowsOf, type TwoRows } from '../../domain/runs/runOptions';
import { listOptionsOf, type ListOptions } from '../../domain/sources/listOptions';
import { dueNext, type DueNext } from '../../store/lifecycle/due';
import { keyOfList } from '../../store/lifecycle/lists';
import type { Connection } from '../../store/sources/connections';
import { zoneOf, type SourceRow } from '../../store/sources/sources';
import { open, type Keyring } from '../../store/sources/secrets';
import { findList } from './listSettings';
import { typeOf, polledSource, zoneOfSource, type SourceContext } from './polledSource';
import { listSources, type SourceView } from './sources';

/** A polled source with everything that may be shown: of secrets only the names. */
export interface SourceDetails extends SourceView {
  /** The connector, by name; `null` when this version does not know it. */
  readonly system: string | null;
  /** True for a declaration of the user's own. */
  readonly custom: boolean;
  readonly config: Readonly<Record<string, string>>;
  /** `unreadable`: sealed with a key that is not here. */
  readonly secrets: readonly {
    readonly name: string;
    readonly state: 'set' | 'unset' | 'unreadable';
  }[];
  readonly baseUrl: string | null;
  readonly gates: Readonly<Partial<Record<Gate, number>>>;
  readonly readsChanges: boolean;
  /** Zone of the people whose zone the source does not name. */
  readonly timeZone: string;
  /** The people who join or leave next on a day that the source named; `null`: none. */
  readonly dueNext: DueNext | null;
  /** When the last applied read began that proved to be complete. */
  readonly fullReadAt: string | null;
  /** True when the declaration was changed since the last sync that was applied. */
  readonly declarationChanged: boolean;
  /** Of a system: two people whom it merged are proposed as a pair; absent: they are only reported. */
  readonly mergedPeople?: MergedPeople;
  /** Of a list: which of several rows about one person counts; `null`: there is no rule. */
  readonly twoRows?: TwoRows | null;
  /** Of a list: what says who a row is. */
  readonly key?: ListKey;
  /** Of a list: the options that it keeps for its imports. */
  readonly options?: ListOptions;
}

/** Shows a polled source, redacted, or a list. @throws Fault not_found, state. */
export async function showSource(context: SourceContext, name: string): Promise<SourceDetails> {
  requirePermission(context.level, 'sources.read');
  const list = await findList(context.db.pool, name);
  if (list !== null) {
    return {
      ...(await showList(context, list)),
      twoRows: twoRowsOf(list.settings),
      key: await keyOfList(context.db.pool, list),
      options: listOptionsOf(list.settings),
    };
  }
  const { source, connection } = await polledSource(context.db.pool, name);
  const view = await viewOf(context, name);
  const connector = knownConnector(connection);
  const { declarationSha } = connection;
  return {
    ...view,
    system: connector?.name ?? null,
    custom: connection.declaration !== null,
    config: connection.config,
    secrets: secretNames(connection, connector, context),
    baseUrl: connection.baseUrl,
    gates: gatesOf(source.settings),
    ...(mergedPeopleOf(source.settings) === 'propose' ? { mergedPeople: 'propose' } : {}),
    readsChanges: connector?.reads.changes !== undefined,
    timeZone: zoneOfSource(connection, context),
    dueNext: await dueNext(context.db.pool, source.id),
    fullReadAt: connection.fullReadAt?.toISOString() ?? null,
    declarationChanged:
      declarationSha !== null && connector !== null && sha256(connector) !== declarationSha,
  };
}

async function viewOf(context: SourceContext, name: string): Promise<SourceView> {
  const views = await listSources(context);
  const view = views.find((one) => one.name === name);
  if (view === undefined) throw new Error('the source just found is gone');
  return view;
}

/** Shows the settings of a list, which has neither connection nor secrets. */
async function showList(context: SourceContext, list: SourceRow): Promise<SourceDetails> {
  const timeZone = await zoneOf(context.db.pool, list.id);
  return {
    ...(await viewOf(context, list.name)),
    system: null,
    custom: false,
    config: {},
    secrets: [],
    baseUrl: null,
    gates: gatesOf(list.settings),
    readsChanges: false,
    timeZone: zoneOfSource({ timeZone }, context),
    dueNext: await dueNext(context.db.pool, list.id),
    fullReadAt: null,
    declarationChanged: false,
  };
}

/** The declaration, or `null` when it cannot be used: the source is shown all the same. */
function knownConnector({ connector, declaration }: Connection): Connector | null {
  if (declaration === null) return connectorType(connector) ?? null;
  const checked = validateConnector(declaration);
  return checked.ok ? checked.connector : null;
}

function secretNames(
  { secrets, sourceId }: Connection,
  connector: Connector | null,
  keyring: Keyring,
): SourceDetails['secrets'] {
  let names: readonly string[] | null = [];
  try {
    if (secrets !== null) names = Object.keys(open(secrets, { ...keyring, ownerId: sourceId }));
  } catch {
    names = null;
  }
  const declared = connector === null ? [] : typeOf(connector).secrets.map(({ name }) => name);
  return [...new Set([...declared, ...(names ?? [])])].map((name) => ({
    name,
    state: names === null ? 'unreadable' : names.includes(name) ? 'set' : 'unset',
  }));
}

function gatesOf(settings: Readonly<Record<string, unknown>>): SourceDetails['gates'] {
  const gates = settings['gates'];
  if (typeof gates !== 'object' || gates === null) return {};
  // Only `setSource` writes this jsonb.
  return { ...gates };
}
