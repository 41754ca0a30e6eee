import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../config/logger';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-log-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a logged error keeps where and why, and leaves out what libraries attach to it', () => {
  const file = join(folder, 'log');
  const error = Object.assign(new Error('duplicate key'), {
    code: '23505',
    detail: 'Key (email_key)=(canary@x.org) already exists.',
    config: { headers: { authorization: 'canary-token' } },
  });

  createLogger({ level: 'info', name: 'test', file }).error(
    { err: error, runId: 'r1', password: 'canary-password' },
    'failed',
  );

  const text = readFileSync(file, 'utf8');
  expect(JSON.parse(text)).toMatchObject({
    level: 'error',
    runId: 'r1',
    msg: 'failed',
    err: { message: 'duplicate key', code: '23505' },
  });
  expect(text).not.toContain('canary');
});
