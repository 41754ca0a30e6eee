import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConfig, loadStoreConfig } from '../../config/env';
import { secretKeys } from '../../config/keyFile';
import { ensureSecretKey } from '../../embedded/secretKey';

const home = mkdtempSync(join(tmpdir(), 'rollcall-key-'));
const file = join(home, 'secret.key');
const stack = {
  databaseUrl: 'postgres://x@127.0.0.1:1/rollcall',
  temporalAddress: '127.0.0.1:1',
  temporalNamespace: 'default',
  uiUrl: null,
  temporalCli: null,
  supervisor: { pid: 1, started: '0' },
  services: [],
  worker: { health: 'http://127.0.0.1:1' },
};

beforeAll(() => {
  writeFileSync(join(home, 'stack.json'), JSON.stringify(stack));
});
afterAll(() => {
  rmSync(home, { recursive: true });
});

test('the embedded stack has a key of its own, which nothing replaces or shows', () => {
  ensureSecretKey(home);
  const key = readFileSync(file, 'utf8').trim();
  ensureSecretKey(home);

  expect(readFileSync(file, 'utf8').trim()).toBe(key);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(loadStoreConfig({ env: {}, folder: home, home }).secretKey).toBe(key);
  const shown = describeConfig({ env: {}, folder: home, home });
  expect(shown.find(({ name }) => name === 'ROLLCALL_SECRET_KEY')).toMatchObject({
    value: '(set)',
    from: 'embedded stack',
  });
  expect(JSON.stringify(shown)).not.toContain(key);
});

test('a key that is configured goes before it', () => {
  const own = Buffer.alloc(32, 1).toString('base64');

  const config = loadStoreConfig({ env: { ROLLCALL_SECRET_KEY: own }, folder: home, home });

  expect(secretKeys(config)).toEqual([Buffer.alloc(32, 1)]);
});

test('a database of one’s own is never sealed with the key of this machine', () => {
  const env = { ROLLCALL_DATABASE_URL: 'postgres://x@db.example/rollcall' };

  expect(loadStoreConfig({ env, folder: home, home }).secretKey).toBeNull();
});

test('a broken key file is told, without what it holds', () => {
  writeFileSync(file, 'canary-half');

  const load = () => loadStoreConfig({ env: {}, folder: home, home });

  expect(load).toThrow(/secret\.key does not hold 32 bytes/);
  expect(load).not.toThrow(/canary/);
});
