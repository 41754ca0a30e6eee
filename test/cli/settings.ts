import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDatabase } from '../support/postgres';

/** Sets a variable of the environment; `undefined`: removes it. */
export function setEnv(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}

/**
 * Sets what the command line reads while the tests of a file run: a home folder of their own, the test's
 * database and these settings. Returns the folder.
 */
export function cliSettings(
  store: TestDatabase,
  settings: Readonly<Record<string, string | undefined>> = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-cli-'));
  const before = { ...process.env };
  const names = ['ROLLCALL_HOME', 'ROLLCALL_DATABASE_URL', ...Object.keys(settings)];
  beforeAll(() => {
    setEnv('ROLLCALL_HOME', folder);
    setEnv('ROLLCALL_DATABASE_URL', store.url);
    for (const [name, value] of Object.entries(settings)) setEnv(name, value);
  });
  afterAll(() => {
    for (const name of names) setEnv(name, before[name]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}
