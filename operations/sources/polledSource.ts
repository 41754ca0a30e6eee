import type { Connector } from '../../connectors/declaration/schema';
import { connectorTypes } from '../../connectors/vendors';
import { Fault } from '../../domain/faults';
import { nearestName } from '../../domain/nearest';
import { DEFAULT_TIME_ZONE } from '../../domain/zones';
import { audit } from '../../store/database/audit';
import { findConnection, type Connection } from '../../store/sources/connections';
import type { Queryable, Tx } from '../../store/database/db';
import type { Keyring } from '../../store/sources/secrets';
import { findSource, listSources, type SourceRow } from '../../store/sources/sources';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';

/** What an operation needs that seals or opens secrets, or calls a vendor. */
export interface SourceContext extends OperationContext, Keyring {
  readonly allowPrivateHosts: readonly string[];
  /** IANA zone in which a day begins where neither a person nor a source names one; UTC by default. */
  readonly timeZone?: string;
}

/** The zone of the people of a source for whom it names none. */
export function zoneOfSource(
  { timeZone }: Pick<Connection, 'timeZone'>,
  context: Pick<SourceContext, 'timeZone'>,
): string {
  return timeZone ?? context.timeZone ?? DEFAULT_TIME_ZONE;
}

/** A polled source, found by its name. */
export interface PolledSource {
  readonly source: SourceRow;
  readonly connection: Connection;
}

/**
 * Finds a polled source; `lock`: until the end of the transaction. @throws Fault not_found, state.
 */
export async function polledSource(
  db: Queryable,
  name: string,
  o: { readonly lock?: boolean } = {},
): Promise<PolledSource> {
  const source = await findSource(db, name);
  if (source === null) throw await unknownSource(db, name);
  const connection = await findConnection(db, source.id, o.lock === true);
  if (connection !== null) return { source, connection };
  throw notPolled(source);
}

/**
 * The fault of a source that is not polled. It says what the source is, and which command shows it.
 */
export function notPolled({ name, kind }: SourceRow): Fault {
  const isList = kind === 'list';
  return new Fault('state', {
    code: 'not_polled',
    message: isList
      ? `"${name}" is filled from CSV files: only its time zone, its gates and its rule for two rows can be set.`
      : `The source "${name}" is not one that is polled.`,
    ...(isList ? { ways: [{ do: 'showList', source: name }] } : {}),
    next: isList ? { do: 'listRunsOf', source: name } : { do: 'listSources' },
  });
}

async function unknownSource(db: Queryable, name: string): Promise<Fault> {
  const near = nearestName(
    name,
    (await listSources(db)).map((source) => source.name),
  );
  return new Fault('not_found', {
    code: 'source_not_found',
    message: `There is no source "${name}"${near === undefined ? '.' : `; is "${near}" meant?`}`,
    next: { do: 'listSources' },
  });
}

/** Records who did what to a source; `fields` are names of settings, never values. */
export async function auditSource(
  tx: Tx,
  context: OperationContext,
  o: { readonly action: string; readonly sourceId: string; readonly fields?: readonly string[] },
): Promise<void> {
  await audit(tx, {
    ...actorOf(context),
    action: o.action,
    subjectType: 'source',
    subjectId: o.sourceId,
    ...(o.fields === undefined ? {} : { fields: o.fields }),
  });
}

/** A kind of source that can be added. */
export interface SourceType {
  readonly id: string;
  readonly name: string;
  readonly system: 'hris' | 'crm' | 'directory';
  readonly config: readonly {
    readonly key: string;
    readonly about: string;
    readonly required: boolean;
    readonly default: string | null;
    readonly oneOf: readonly string[] | null;
  }[];
  readonly secrets: readonly {
    readonly name: string;
    readonly about: string;
    readonly required: boolean;
  }[];
  /** True when it can read only changes. */
  readonly changes: boolean;
  /** True when it can read one person by id. */
  readonly one: boolean;
}

/** The kinds of sources that come with Rollcall. */
export function sourceTypes(): SourceType[] {
  return connectorTypes().map(typeOf);
}

/** The settings that a connector asks for. */
export function typeOf(connector: Connector): SourceType {
  const { id, name, system, config, secrets, reads } = connector;
  return {
    id,
    name,
    system,
    config: Object.entries(config).map(([key, declared]) => ({
      key,
      about: declared.about,
      required: declared.required === true && declared.default === undefined,
      default: declared.default ?? null,
      oneOf: declared.oneOf ?? null,
    })),
    secrets: Object.entries(secrets).map(([secret, { about, optional }]) => ({
      name: secret,
      about,
      required: optional !== true,
    })),
    changes: reads.changes !== undefined,
    one: reads.one !== undefined,
  };
}
