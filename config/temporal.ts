import type { Settings } from './settings';

/** TLS as the Temporal SDK takes it; empty: TLS with the system's authorities. */
export interface TemporalTls {
  readonly serverNameOverride?: string;
  readonly serverRootCACertificate?: Buffer;
  readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer };
}

/** How to reach Temporal: the same shape for the embedded server, a cluster and Temporal Cloud. */
export interface TemporalConfig {
  /** host:port */
  readonly address: string;
  readonly namespace: string;
  readonly apiKey?: string;
  readonly tls?: TemporalTls;
}

/** What `Connection.connect` (client) and `NativeConnection.connect` (worker) both take. */
export type TemporalConnectionOptions = Omit<TemporalConfig, 'namespace'>;

/** Leaves out what does not belong to a connection. */
export function temporalConnection(config: TemporalConfig): TemporalConnectionOptions {
  const { namespace: _, ...connection } = config;
  return connection;
}

/**
 * Temporal's part of the settings. TLS is on when asked for, or when a setting that needs it is given.
 */
export function temporalOf(s: Settings, address: string): TemporalConfig {
  const tls = tlsOf(s);
  const apiKey = s.ROLLCALL_TEMPORAL_API_KEY;
  const wanted = s.ROLLCALL_TEMPORAL_TLS ?? (Object.keys(tls).length > 0 || apiKey !== undefined);
  return {
    address,
    namespace: s.ROLLCALL_TEMPORAL_NAMESPACE,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(wanted ? { tls } : {}),
  };
}

/** Faults that only a combination of settings has (given as text, by name). */
export function temporalFaults(given: ReadonlyMap<string, string>): string[] {
  const faults: string[] = [];
  const cert = given.has('ROLLCALL_TEMPORAL_TLS_CERT');
  if (cert !== given.has('ROLLCALL_TEMPORAL_TLS_KEY')) {
    const missing = cert ? 'ROLLCALL_TEMPORAL_TLS_KEY' : 'ROLLCALL_TEMPORAL_TLS_CERT';
    faults.push(`${missing}: a client certificate needs both its certificate and its key`);
  }
  const off = /^(false|0|no)$/.test(given.get('ROLLCALL_TEMPORAL_TLS') ?? '');
  if (off && given.has('ROLLCALL_TEMPORAL_API_KEY')) {
    faults.push('ROLLCALL_TEMPORAL_TLS: an API key is never sent without TLS');
  }
  return faults;
}

function tlsOf(s: Settings): TemporalTls {
  const server = s.ROLLCALL_TEMPORAL_TLS_SERVER_NAME;
  const ca = s.ROLLCALL_TEMPORAL_TLS_CA;
  const crt = s.ROLLCALL_TEMPORAL_TLS_CERT;
  const key = s.ROLLCALL_TEMPORAL_TLS_KEY;
  return {
    ...(server === undefined ? {} : { serverNameOverride: server }),
    ...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(ca) }),
    ...(crt === undefined || key === undefined
      ? {}
      : { clientCertPair: { crt: Buffer.from(crt), key: Buffer.from(key) } }),
  };
}
