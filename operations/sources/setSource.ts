import type { Connector } from '../../connectors/declaration/schema';
import { Fault } from '../../domain/faults';
import type { TwoRows } from '../../domain/runs/runOptions';
import { requirePermission } from '../../domain/permissions';
import {
  isMergedPeople,
  MERGED_PEOPLE,
  type MergedPeople,
} from '../../domain/sources/mergedPeople';
import {
  setGates,
  setMergedPeople,
  setTimeZone,
  updateSettings,
} from '../../store/sources/connectionEdits';
import type { Connection } from '../../store/sources/connections';
import { transaction } from '../../store/database/db';
import { open, seal, type Keyring, type Secrets } from '../../store/sources/secrets';
import { findList, setList, type GivenList } from './listSettings';
import { connectorOf } from './openSource';
import { auditSource, polledSource, typeOf, type SourceContext } from './polledSource';
import { showSource, type SourceDetails } from './showSource';
import {
  chooseConnector,
  gateFaults,
  refuse,
  settingFaults,
  zoneFaults,
  asListed,
  type GivenGates,
  type GivenSettings,
} from './sourceSettings';

export interface SetSource extends Omit<GivenSettings, 'baseUrl'> {
  readonly name: string;
  /** An empty value removes the setting, as it does for a secret. */
  readonly config?: Readonly<Record<string, string>>;
  /** `null`: back to the declared one. */
  readonly baseUrl?: string | null;
  readonly gates?: GivenGates;
  /** Of a list: which of several rows about one person counts; `null` removes the rule. */
  readonly twoRows?: TwoRows | null;
  /** Of a list: options that it keeps for its imports. */
  readonly list?: GivenList;
  /**
   * Zone of people whose zone the source does not name; `null`: the zone of its schedule, otherwise UTC.
   */
  readonly timeZone?: string | null;
  /** Of a system: whether two people whom it merged are only reported, or proposed as a pair, too. */
  readonly mergedPeople?: MergedPeople;
}

/**
 * Changes settings of a polled source, or the time zone and gates of a list; what is not given stays.
 * When the change may affect who is read, the next sync makes a complete read. Reports every fault
 * at once.
 */
export async function setSource(context: SourceContext, input: SetSource): Promise<SourceDetails> {
  requirePermission(context.level, 'sources.write');
  const { name, gates = {}, timeZone, mergedPeople } = input;
  const list = await findList(context.db.pool, name);
  if (list !== null) {
    const { gates: limits, twoRows, list: kept } = input;
    await transaction(context.db, (tx) =>
      setList(tx, context, {
        source: list,
        others: othersOf(input),
        ...(limits === undefined ? {} : { gates: limits }),
        ...(twoRows === undefined ? {} : { twoRows }),
        ...(kept === undefined ? {} : { list: kept }),
        ...(timeZone === undefined ? {} : { timeZone }),
      }),
    );
    return showSource(context, name);
  }
  refuseNothing(input);
  await transaction(context.db, async (tx) => {
    const { source, connection } = await polledSource(tx, name, { lock: true });
    const next = settled(connection, input, context);
    refuse(
      [
        ...next.faults,
        ...gateFaults(gates),
        ...zoneFaults(timeZone ?? null),
        ...choiceFaults(mergedPeople),
      ],
      {
        code: 'bad_settings',
        next: { do: 'showSource', source: name },
      },
    );
    const { sourceId } = connection;
    const sealed =
      input.secrets === undefined
        ? connection.secrets
        : seal(next.secrets ?? {}, { ...context, ownerId: sourceId });
    await updateSettings(tx, {
      sourceId,
      connector: next.connector?.id ?? connection.connector,
      declaration: input.declaration ?? connection.declaration,
      config: next.config,
      baseUrl: next.baseUrl,
      secrets: sealed,
      readsAnew: next.readsAnew,
    });
    if (Object.keys(gates).length > 0) await setGates(tx, { sourceId: source.id, gates });
    if (timeZone !== undefined) {
      await setTimeZone(tx, { sourceId: source.id, timeZone: asListed(timeZone) });
    }
    if (mergedPeople !== undefined) {
      await setMergedPeople(tx, { sourceId: source.id, mergedPeople });
    }
    await auditSource(tx, context, {
      action: 'source.set',
      sourceId,
      fields: [
        ...Object.keys(input.config ?? {}),
        ...Object.keys(input.secrets ?? {}).map((key) => `secret.${key}`),
        ...(input.baseUrl === undefined ? [] : ['baseUrl']),
        ...(input.declaration === undefined ? [] : ['declaration']),
        ...Object.keys(gates).map((gate) => `gate.${gate}`),
        ...(timeZone === undefined ? [] : ['timeZone']),
        ...(mergedPeople === undefined ? [] : ['mergedPeople']),
      ],
    });
  });
  return showSource(context, name);
}

function choiceFaults(mergedPeople: unknown): string[] {
  return mergedPeople === undefined || isMergedPeople(mergedPeople)
    ? []
    : [`People whom the system merged: ${MERGED_PEOPLE.join(' or ')}.`];
}

interface Settled {
  readonly connector: Connector | null;
  readonly config: Readonly<Record<string, string>>;
  /** `null`: unchanged. */
  readonly secrets: Secrets | null;
  readonly baseUrl: string | null;
  readonly readsAnew: boolean;
  readonly faults: readonly string[];
}

/** The settings after the change, and what is wrong with them. */
function settled(connection: Connection, input: SetSource, keyring: Keyring): Settled {
  const chosen =
    input.declaration === undefined
      ? { connector: connectorOf(connection), faults: [] }
      : chooseConnector({ declaration: input.declaration });
  const config = merged(connection.config, input.config ?? {});
  const baseUrl = input.baseUrl === undefined ? connection.baseUrl : input.baseUrl;
  const readsAnew =
    input.declaration !== undefined ||
    baseUrl !== connection.baseUrl ||
    JSON.stringify(Object.entries(config).sort()) !==
      JSON.stringify(Object.entries(connection.config).sort());
  const { connector } = chosen;
  if (connector === null) {
    return { connector, config, secrets: null, baseUrl, readsAnew, faults: chosen.faults };
  }
  const secrets = merged(
    oldSecrets(connection, input, { connector, keyring }),
    input.secrets ?? {},
  );
  return {
    connector,
    config,
    secrets,
    baseUrl,
    readsAnew,
    faults: settingFaults(connector, { config, secrets, baseUrl: baseUrl ?? undefined }),
  };
}

/**
 * The secrets that were sealed before. A missing key does not matter when all secrets are given
 * again.
 */
function oldSecrets(
  { secrets, sourceId }: Connection,
  input: SetSource,
  o: { readonly connector: Connector; readonly keyring: Keyring },
): Secrets {
  if (secrets === null) return {};
  try {
    return open(secrets, { ...o.keyring, ownerId: sourceId });
  } catch (error) {
    const given = input.secrets ?? {};
    const needed = typeOf(o.connector).secrets.filter(({ required }) => required);
    if (needed.length > 0 && needed.every(({ name }) => Object.hasOwn(given, name))) return {};
    throw error;
  }
}

function merged(
  before: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...before, ...given }).filter(([, value]) => value !== ''),
  );
}

/** Names of settings that only a system has, and that are given. */
function othersOf(input: SetSource): string[] {
  const {
    name: _,
    gates: __,
    twoRows: ___,
    timeZone: ____,
    list: _____,
    config = {},
    secrets = {},
    ...rest
  } = input;
  return [
    ...Object.keys(config),
    ...Object.keys(secrets),
    ...Object.entries(rest).flatMap(([key, value]) => (value === undefined ? [] : [key])),
  ];
}

function refuseNothing(input: SetSource): void {
  const { config = {}, secrets = {}, gates = {}, baseUrl, declaration, timeZone } = input;
  if (input.list !== undefined) {
    throw new Fault('usage', {
      code: 'bad_settings',
      message: 'These are options of files: a list keeps them, and a system has none.',
      next: { do: 'helpSetSource' },
    });
  }
  const given = [config, secrets, gates].some((part) => Object.keys(part).length > 0);
  if (
    given ||
    [baseUrl, declaration, timeZone, input.mergedPeople].some((part) => part !== undefined)
  )
    return;
  if (input.twoRows !== undefined) {
    throw new Fault('usage', {
      code: 'bad_settings',
      message: 'A rule for two rows is a setting of lists: a system sends each person once.',
      next: { do: 'helpSetSource' },
    });
  }
  throw new Fault('usage', {
    code: 'nothing_to_change',
    message: 'There is nothing to change.',
    next: { do: 'helpSetSource' },
  });
}
