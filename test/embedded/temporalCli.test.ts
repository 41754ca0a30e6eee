import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Fault } from '../../domain/faults';
import { installedCli } from '../../embedded/temporal';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-cli-'));
const program = join(folder, 'temporal');
const text = join(folder, 'text');
beforeAll(() => {
  writeFileSync(program, '#!/bin/sh\n');
  chmodSync(program, 0o755);
  writeFileSync(text, '');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What the fault says, of an environment without the Temporal CLI. */
function faultOf(env: Readonly<Record<string, string>>): Fault {
  try {
    installedCli(env);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it found one');
}

test('the program that the setting names comes before the PATH', () => {
  const env = { ROLLCALL_TEMPORAL_CLI: '/bin/sh', PATH: folder };

  expect(installedCli(env)).toBe('/bin/sh');
});

test('without the setting it is the first `temporal` on the PATH', () => {
  const path = ['/nowhere', folder].join(delimiter);

  expect(installedCli({ PATH: path })).toBe(program);
  expect(installedCli({ PATH: path, ROLLCALL_TEMPORAL_CLI: '' })).toBe(program);
});

test('where there is none, or the setting names no program, the fault names the ways out', () => {
  const none = faultOf({ PATH: '/nowhere' });
  const unusable = faultOf({ PATH: folder, ROLLCALL_TEMPORAL_CLI: text });

  expect(none).toMatchObject({ kind: 'missing_tool', code: 'temporal_missing' });
  expect(none.message).toContain('not on the PATH');
  expect(JSON.stringify(none.next)).toContain('ROLLCALL_TEMPORAL_CLI');
  expect(unusable.code).toBe('temporal_missing');
  expect(unusable.message).toContain(text);
});
