import type { TokenCache } from '../../connectors/engine/auth';
import { credentialKey } from '../../connectors/engine/credential';
import { connectorType } from '../../connectors/vendors';
import { openReader, type Reader } from '../../connectors/engine/engine';
import { createHttp } from '../../connectors/http/http';
import { partsOf, type Parts } from '../../connectors/declaration/parts';
import type { Connector } from '../../connectors/declaration/schema';
import { validateConnector } from '../../connectors/declaration/validate';
import { sha256 } from '../../connectors/declaration/hash';
import { Fault } from '../../domain/faults';
import { said, type Next } from '../../domain/next';
import { takeTurn } from '../../store/sources/budgets';
import { getConnection, saveSecrets, type Connection } from '../../store/sources/connections';
import type { Db } from '../../store/database/db';
import type { ReadMode } from '../../store/reads/pages';
import type { Declared } from '../../store/lifecycle/syncs';
import { open, seal, type Keyring } from '../../store/sources/secrets';

/** A polled source, ready to be read. */
export interface OpenedSource {
  readonly reader: Reader;
  readonly declarationSha: string;
  /**
   * Complete reads in a row after which a missing person has left; `null`: absence says nothing.
   */
  readonly absenceTimes: number | null;
  /** How the people of a read come in parts; `null`: each record is a whole person. */
  readonly parts: (mode: ReadMode) => Parts | null;
  /** True when its credentials worked in the last read. */
  readonly trusted: boolean;
  close(): void;
}

export interface SourceDeps extends Keyring {
  readonly db: Db;
  readonly allowPrivateHosts: readonly string[];
  /** The machine's clock by default. */
  readonly clock?: () => Date;
  /** Shared by the readers of a process. */
  readonly tokens?: TokenCache;
}

/** Opens a polled source with its secrets. @throws Fault invalid, usage, not_found. */
export async function openSource(deps: SourceDeps, sourceId: string): Promise<OpenedSource> {
  const { db } = deps;
  const connection = await getConnection(db.pool, sourceId);
  const connector = connectorOf(connection);
  const secrets =
    connection.secrets === null ? {} : open(connection.secrets, { ...deps, ownerId: sourceId });
  const http = createHttp({ allowPrivateHosts: deps.allowPrivateHosts });
  const known = { secrets };
  const settings = {
    config: connection.config,
    secrets,
    baseUrl: connection.baseUrl ?? undefined,
  };
  // The vendor counts by credential, even when several sources share one.
  const [secretKey = Buffer.alloc(0)] = deps.keys;
  const key = credentialKey(connector, settings, { key: secretKey, ownerId: sourceId });
  const reader = openReader({
    connector,
    ...settings,
    http,
    clock: () => (deps.clock?.() ?? new Date()).getTime(),
    random: () => Math.random(),
    tokens: deps.tokens,
    turn: () => takeTurn(db.pool, { key, connector }),
    onSecretChanged: async (name, value) => {
      known.secrets = { ...known.secrets, [name]: value };
      await saveSecrets(db.pool, sourceId, seal(known.secrets, { ...deps, ownerId: sourceId }));
    },
  });
  const { absence } = connector.deletion;
  const named = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw addressed(error, connection.name, Object.keys(connector.secrets));
    });
  return {
    reader: {
      ...reader,
      next: (state, o) => named(reader.next(state, o)),
      one: (externalId, tries) => named(reader.one(externalId, tries)),
    },
    declarationSha: sha256(connector),
    absenceTimes: absence === 'ignore' ? null : absence.times,
    parts: (mode) => partsOf(connector, mode),
    trusted: connection.declarationSha !== null && connection.trouble === null,
    close: () => {
      http.close();
    },
  };
}

/**
 * Adds names to a next step of the engine, which knows neither the source nor its secrets, so that
 * the printed command works.
 */
function addressed(error: unknown, name: string, secrets: readonly string[]): unknown {
  if (!(error instanceof Fault) || error.next === undefined) return error;
  const next = addressedNext(error.next, name, secrets);
  if (next === null) return error;
  const { kind, code, message, cause } = error;
  return new Fault(kind, { code, message, next, cause });
}

/** `null`: the step names no source. */
function addressedNext(next: Next, name: string, secrets: readonly string[]): Next | null {
  const [secret, ...more] = secrets;
  switch (next.do) {
    case 'renewSecrets':
      return more.length > 0 || secret === undefined
        ? { ...next, source: name }
        : { ...next, source: name, secret };
    case 'compareSource':
    case 'correctSettings':
    case 'readFromStart':
      return { ...next, source: name };
    case 'say': {
      const text = next.text.replace(/\bNAME\b/g, name);
      return text === next.text ? null : said(text);
    }
    default:
      return null;
  }
}

/** What the declaration of a source says about its reads. */
export function declared(connection: Connection): Declared {
  const connector = connectorOf(connection);
  return {
    hasChanges: connector.reads.changes !== undefined,
    minIntervalMs: connector.limits.minIntervalMs ?? 0,
    declarationSha: sha256(connector),
  };
}

/** Like {@link declared}, by the source's id. */
export async function declaredOf({ db }: SourceDeps, sourceId: string): Promise<Declared> {
  return declared(await getConnection(db.pool, sourceId));
}

/** The declaration by which a source is read. @throws Fault invalid. */
export function connectorOf({ connector, declaration, name }: Connection): Connector {
  if (declaration === null) {
    const found = connectorType(connector);
    if (found !== undefined) return found;
    throw invalid(name, `This version of Rollcall has no connector ${connector}.`);
  }
  const checked = validateConnector(declaration);
  if (checked.ok) return checked.connector;
  throw invalid(name, checked.faults.map(({ message }) => message).join(' '));
}

function invalid(name: string, message: string): Fault {
  return new Fault('invalid', {
    code: 'bad_connector',
    message,
    next: { do: 'showSource', source: name },
  });
}
