import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { pino } from 'pino';
import { type HealthSource, serveHealth } from '../../worker/health';
import { activityInterceptor } from '../../worker/interceptors';
import { createMetrics } from '../../worker/metrics';
import { requireSchema } from '../../worker/schema';
import { sdkLogger } from '../../worker/sdkLogger';
import { waitFor } from '../../worker/starting';
import { endOnUncaught } from '../../worker/uncaught';

const CANARY = 'ada.lovelace@example.org';

/** A logger that keeps its lines. */
function keeping() {
  const lines: string[] = [];
  return {
    lines,
    log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
  };
}

describe('the schema check', () => {
  const name = '20261123000000_store';

  it('takes the schema of this program', () => {
    expect(() => {
      requireSchema({ known: [name], applied: [name], pending: [], unknown: [] });
    }).not.toThrow();
  });

  it('refuses an older one, and names the command that updates it', () => {
    const behind = { known: [name], applied: [], pending: [name], unknown: [] };

    expect(() => {
      requireSchema(behind);
    }).toThrow(expect.objectContaining({ kind: 'schema', next: { do: 'migrate' } }));
  });

  it('refuses a newer one, and does not ask to migrate it', () => {
    const ahead = { known: [], applied: [name], pending: [], unknown: [name] };

    expect(() => {
      requireSchema(ahead);
    }).toThrow(expect.objectContaining({ code: 'schema_unknown' }));
  });
});

describe('the health pages', () => {
  async function ask(source: Partial<HealthSource>, path: string, init: RequestInit = {}) {
    const healthy: HealthSource = {
      started: () => true,
      ready: async () => ({ ok: true }),
      alive: () => true,
      ...source,
    };
    const options = { host: '127.0.0.1', port: 0, source: healthy, metrics: createMetrics() };
    const server = await serveHealth(options);
    try {
      const reply = await fetch(`${server.url}${path}`, init);
      return { status: reply.status, text: await reply.text() };
    } finally {
      await server.close();
    }
  }

  it.each(['/livez', '/readyz', '/startupz'])('%s is 200 when all is well', async (path) => {
    expect(await ask({}, path)).toEqual({ status: 200, text: '{"ok":true}\n' });
  });

  it('/startupz names the build', async () => {
    expect(await ask({ build: '0.1.0 a1' }, '/startupz')).toEqual({
      status: 200,
      text: '{"ok":true,"build":"0.1.0 a1"}\n',
    });
  });

  it('say why the worker is not ready', async () => {
    const reply = await ask(
      { ready: async () => ({ ok: false, reason: 'no database' }) },
      '/readyz',
    );

    expect(reply).toEqual({ status: 503, text: '{"ok":false,"reason":"no database"}\n' });
  });

  it.each([
    ['/livez', { alive: () => false }],
    ['/startupz', { started: () => false }],
  ] as const)('%s is 503 when it is not so', async (path, source) => {
    expect((await ask(source, path)).status).toBe(503);
  });

  it('serve metrics that begin with rollcall_', async () => {
    const { text } = await ask({}, '/metrics');

    const names = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((line) => !line.startsWith('rollcall_'))).toEqual([]);
  });

  it('refuse other paths and other methods', async () => {
    expect((await ask({}, '/nothing')).status).toBe(404);
    expect((await ask({}, '/livez', { method: 'POST' })).status).toBe(405);
  });

  it('say so when their port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const source = { started: () => true, ready: async () => ({ ok: true }), alive: () => true };

    const served = serveHealth({ host: '127.0.0.1', port, source, metrics: createMetrics() });

    await expect(served).rejects.toMatchObject({ code: 'health_port' });
    other.close();
  });

  it('add the metrics of the SDK', async () => {
    const sdk = createServer((_, response) => response.end('temporal_requests 1\n'));
    await new Promise<void>((resolve) => sdk.listen(0, '127.0.0.1', resolve));
    const { port } = sdk.address() as AddressInfo;

    const text = await createMetrics({ temporalAddress: `127.0.0.1:${port}` }).text();

    sdk.close();
    expect(text).toContain('temporal_requests 1');
  });
});

describe('the log of activities', () => {
  function intercepted(activity: () => Promise<unknown>) {
    const { lines, log } = keeping();
    const metrics = createMetrics();
    const env = new MockActivityEnvironment(
      { activityType: 'finishRun' },
      {
        logger: new DefaultLogger('ERROR'),
        interceptors: [activityInterceptor({ log, metrics })],
      },
    );
    return { lines, metrics, done: env.run(activity) };
  }

  it('has type, workflow, attempt, duration and counts', async () => {
    const { lines, metrics, done } = intercepted(async () => ({
      state: 'done',
      counts: { rows: 5, created: 4, error: 1 },
    }));
    await done;

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      activity: 'finishRun',
      attempt: 1,
      workflowId: 'test',
      result: { state: 'done' },
      msg: 'activity done',
    });
    const text = await metrics.text();
    expect(text).toContain('rollcall_runs_finished_total{state="done"} 1');
    expect(text).toContain('rollcall_outcomes_total{outcome="created"} 4');
    // `rows` is the sum of the outcomes, so it would count everyone twice.
    expect(text).not.toContain('outcome="rows"');
  });

  it('has the type of a failure and nothing of its words', async () => {
    const { lines, metrics, done } = intercepted(() =>
      Promise.reject(ApplicationFailure.nonRetryable(CANARY, 'RefusedFile')),
    );
    await expect(done).rejects.toThrow();

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ outcome: 'RefusedFile' });
    expect(lines.join('')).not.toContain(CANARY);
    expect(await metrics.text()).toContain('outcome="RefusedFile"');
  });
});

describe('the log of the SDK', () => {
  it('keeps plain values, and name and message of errors', () => {
    const { lines, log } = keeping();

    sdkLogger(log).warn('Activity failed', {
      workflowId: 'import/x',
      taskToken: 'CiQw',
      error: new TypeError('code: run x'),
      deep: { rows: [CANARY] },
    });

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 40,
      msg: 'Activity failed',
      sdk: { workflowId: 'import/x', error: 'TypeError: code: run x' },
    });
    expect(lines.join('')).not.toMatch(/CiQw|ada/);
  });
});

describe('waiting for a server', () => {
  it('logs it, and goes on when the server answers', async () => {
    const { lines, log } = keeping();
    let tries = 0;
    const attempt = async () => {
      tries += 1;
      if (tries < 3) throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
      return 'there';
    };
    const { signal } = new AbortController();

    const got = await waitFor({ what: 'Postgres', address: 'x:1', log, signal }, attempt);

    expect(got).toBe('there');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ address: 'x:1', code: 'ECONNREFUSED' });
  });

  it('ends when the process is to stop', async () => {
    const { log } = keeping();
    const stopping = new AbortController();
    const attempt = async () => {
      stopping.abort();
      throw new Error('no');
    };

    const waited = waitFor(
      { what: 'Temporal', address: 'x:1', log, signal: stopping.signal },
      attempt,
    );

    await expect(waited).rejects.toMatchObject({ name: 'AbortError' });
  });
});

it('an error that nobody caught ends the worker, without a word of its message in the log', () => {
  const { log, lines } = keeping();
  const exit = jest.fn();
  const program = Object.assign(new EventEmitter(), { exit });
  endOnUncaught(log, program);

  program.emit(
    'uncaughtException',
    Object.assign(new Error(CANARY), { code: '23505', detail: `(email)=(${CANARY})` }),
  );

  expect(exit).toHaveBeenCalledWith(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('23505');
  expect(lines[0]).toContain(__filename);
  expect(lines[0]).not.toContain(CANARY);
});
