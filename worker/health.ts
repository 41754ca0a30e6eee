import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { Fault } from '../domain/faults';
import type { WorkerMetrics } from './metrics';

/** What the health pages ask of the worker. */
export interface HealthSource {
  /** The code that it runs (config/build.ts); shown in `/startupz`. */
  readonly build?: string;
  /** True once it has connected, found its schema and attributes, and polls. */
  started(): boolean;
  /** `null` while it polls and its database answers; otherwise the reason why not. */
  ready(): Promise<{ readonly ok: boolean; readonly reason?: string }>;
  /** False once only a new process can help. */
  alive(): boolean;
}

export interface HealthOptions {
  readonly host: string;
  /** The port; 0: a free one. */
  readonly port: number;
  readonly source: HealthSource;
  readonly metrics: WorkerMetrics;
}

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves /livez, /readyz, /startupz (200 or 503, JSON) and /metrics.
 * @throws Fault unavailable when the port is taken.
 */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply(response, { status: 405, body: { error: 'only GET' } });
      return;
    }
    answer(options, path, response).catch(() => {
      reply(response, { status: 500, body: { error: 'internal' } });
    });
  });
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw portTaken(options, cause);
  }
  return {
    url: urlOf(server, options.host),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function portTaken({ host, port }: HealthOptions, cause: unknown): Fault {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return new Fault('unavailable', {
    code: 'health_port',
    message: `The health pages cannot be served on ${host}:${port} (${code}); another worker may still be draining there.`,
    next: 'Wait for it, or set ROLLCALL_HEALTH_PORT to another port.',
    cause,
  });
}

async function answer(
  { source, metrics }: HealthOptions,
  path: string,
  response: ServerResponse,
): Promise<void> {
  switch (path) {
    case '/livez':
      reply(response, status(source.alive()));
      return;
    case '/startupz':
      reply(response, withBuild(status(source.started()), source.build));
      return;
    case '/readyz': {
      const { ok, reason } = await source.ready();
      reply(response, status(ok, reason));
      return;
    }
    case '/metrics': {
      const text = await metrics.text();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
      return;
    }
    default:
      reply(response, { status: 404, body: { error: 'try /livez /readyz /startupz /metrics' } });
  }
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

function status(ok: boolean, reason?: string): Reply {
  return { status: ok ? 200 : 503, body: { ok, ...(reason === undefined ? {} : { reason }) } };
}

function withBuild({ status: code, body }: Reply, build: string | undefined): Reply {
  return { status: code, body: { ...body, ...(build === undefined ? {} : { build }) } };
}

function reply(response: ServerResponse, { status: code, body }: Reply): void {
  if (response.headersSent) return;
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}
