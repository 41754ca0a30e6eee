import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { connectorType } from '../../../connectors/vendors';
import { openReader } from '../../../connectors/engine/engine';
import type { Answer, Call, Http } from '../../../connectors/http/http';
import { createHttp } from '../../../connectors/http/http';
import type { Connector } from '../../../connectors/declaration/schema';
import { validateConnector } from '../../../connectors/declaration/validate';

const SHARED = process.env['ROLLCALL_SHARED'] ?? resolve(__dirname, '../../../../shared');
const SPECS = join(SHARED, 'specs');
const PRISM = resolve(__dirname, '../../../node_modules/.bin/prism');

/** Apideck, as a user would write it: a JSON file. */
function apideck(): Connector {
  const validation = validateConnector(
    JSON.parse(readFileSync(join(__dirname, 'apideck.json'), 'utf8')),
  );
  if (!validation.ok) throw new Error(JSON.stringify(validation.faults));
  return validation.connector;
}

const prisms: ChildProcess[] = [];
afterAll(async () => {
  await Promise.all(
    prisms.map((child) => {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      return ended;
    }),
  );
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Starts a mock of an API description; returns its address. */
async function mock(spec: string): Promise<string> {
  const port = await freePort();
  const child = spawn(process.execPath, [PRISM, 'mock', '-p', String(port), join(SPECS, spec)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  prisms.push(child);
  await new Promise<void>((done, fail) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('is listening')) done();
    });
    child.once('exit', () => fail(new Error(`Prism ended: ${said}`)));
  });
  return `http://127.0.0.1:${String(port)}`;
}

interface Seen {
  readonly call: Call;
  readonly answer: Answer;
}

/** Calls as the engine makes them, each kept with its answer. */
function recording(origin: string, seen: Seen[]): Http {
  const http = createHttp({ allowPrivateHosts: [new URL(origin).host] });
  return {
    ...http,
    call: async (call) => {
      const answer = await http.call(call);
      seen.push({ call, answer });
      return answer;
    },
  };
}

/** Sends each kind of request once; returns what Prism said of it. */
async function askAll(
  connector: Connector,
  origin: string,
  basePath: string,
  settings: { config: Record<string, string>; secrets: Record<string, string> },
): Promise<Seen[]> {
  const seen: Seen[] = [];
  const http = recording(origin, seen);
  const reader = openReader({
    connector: { ...connector, limits: { ...connector.limits, maxTries: 1 } },
    ...settings,
    baseUrl: origin + basePath,
    http,
    clock: Date.now,
    random: () => 0.5,
  });
  const quietly = (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => undefined);
  // Prism invents its answers, so what the engine makes of them is not tested here.
  await quietly(reader.next(reader.begin({ mode: 'full', cursor: null })));
  const second = reader.begin({ mode: 'full', cursor: null });
  await quietly(reader.next({ ...second, place: { ...second.place, at: 100, token: 'next' } }));
  if (reader.can.changes) {
    const cursor = { kind: 'time', at: Date.now() - 86_400_000, takenAt: Date.now() } as const;
    await quietly(reader.next(reader.begin({ mode: 'changes', cursor })));
  }
  if (reader.can.one) await quietly(reader.one('123'));
  http.close();
  return seen;
}

const violations = (seen: readonly Seen[]): unknown[] =>
  seen
    .filter(({ answer }) => answer.status >= 400 || 'sl-violations' in answer.headers)
    // Prism's remarks about its own answers are not about our requests.
    .flatMap(({ call, answer }) => {
      const said: { location: string[]; message: string }[] = JSON.parse(
        answer.headers['sl-violations'] ?? '[]',
      ) as never;
      const ours = said.filter(({ location }) => location[0] === 'request');
      return answer.status >= 400 || ours.length > 0
        ? [
            {
              url: new URL(call.url).pathname,
              status: answer.status,
              ours,
              body: answer.body.slice(0, 200),
            },
          ]
        : [];
    });

if (!existsSync(SPECS)) {
  it.skip('the API descriptions are not here: set ROLLCALL_SHARED to the folder that holds specs/', () => {
    // No request to send.
  });
} else {
  describe('our requests are what the vendor describes', () => {
    it('BambooHR', async () => {
      const origin = await mock('bamboohr/public.people.yaml');
      const seen = await askAll(connectorType('bamboohr')!, origin, '/api', {
        config: { company: 'acme' },
        secrets: { apiKey: 'key' },
      });

      expect(violations(seen)).toEqual([]);
      expect(
        new Set(
          seen.map(({ call }) =>
            new URL(call.url).pathname.replace(/employees\/(123|string)$/, 'employees/{id}'),
          ),
        ),
      ).toEqual(
        new Set([
          '/api/v2/datasets/employee/data',
          '/api/v1/employees/changed',
          '/api/v1/employees/{id}',
        ]),
      );
      // With a charset the older endpoints read it as XML.
      expect(seen[0]?.call.headers['content-type']).toBe('application/json');
    });

    it('and a request that it does not describe is detected', async () => {
      const origin = await mock('bamboohr/public.people.yaml');
      const many = JSON.stringify(connectorType('bamboohr')).replace('"value":500', '"value":5000');
      const seen = await askAll(JSON.parse(many) as Connector, origin, '/api', {
        config: { company: 'acme' },
        secrets: { apiKey: 'key' },
      });

      expect(violations(seen)).not.toEqual([]);
    });

    it('SCIM', async () => {
      const origin = await mock('scim/wso2-scim2.people.yaml');
      const seen = await askAll(connectorType('scim')!, origin, '', {
        config: { url: origin },
        secrets: { token: 'token' },
      });

      expect(violations(seen)).toEqual([]);
      expect(seen.map(({ call }) => new URL(call.url).pathname)).toEqual([
        '/Users',
        '/Users',
        '/Users/123',
      ]);
    });

    it('Apideck, by a connector from a JSON file', async () => {
      const origin = await mock('apideck/hris.people.yaml');
      const seen = await askAll(apideck(), origin, '', {
        config: { appId: 'app', consumerId: 'consumer' },
        secrets: { apiKey: 'key' },
      });

      expect(violations(seen)).toEqual([]);
      expect(seen.map(({ call }) => new URL(call.url).pathname)).toEqual([
        '/hris/employees',
        '/hris/employees',
        '/hris/employees/123',
      ]);
    });
  });
}
