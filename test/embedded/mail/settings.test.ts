import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SETTINGS } from '../../../config/settings';
import { hasSink } from '../../../embedded/mail/service';
import { dataPaths } from '../../../embedded/paths';
import { stackSettings } from '../../../embedded/settings';

const paths = dataPaths(mkdtempSync(join(tmpdir(), 'rollcall-sink-settings-')));

afterAll(() => {
  rmSync(paths.data, { recursive: true });
});

test('a folder of an older build gets a port for its sink, and that build can still read it', async () => {
  const ports = {
    ...{ postgres: 15_101, temporal: 15_102, temporalUi: 15_103 },
    ...{ temporalHttp: 15_104, temporalMetrics: 15_105, health: 15_106 },
  };
  writeFileSync(paths.settings, JSON.stringify({ password: 'pw', ports }));

  const first = await stackSettings(paths);
  const second = await stackSettings(paths);
  const file = JSON.parse(readFileSync(paths.settings, 'utf8'));

  expect(first).toMatchObject({ password: 'pw', ports });
  expect(second).toEqual(first);
  expect(Object.keys(file.ports)).toEqual(Object.keys(ports));
});

test.each([
  [{}, true],
  [{ ROLLCALL_SMTP_URL: 'smtp://mail.x.org' }, false],
  [{ ROLLCALL_DATABASE_URL: 'postgres://ann@db/people' }, false],
])('a stack with %j has a sink: %s', (settings, expected) => {
  expect(hasSink(SETTINGS.parse(settings))).toBe(expected);
});
