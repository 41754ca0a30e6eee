import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweep } from '../../embedded/leftovers';
import { dataPaths } from '../../embedded/paths';

const onLinux = process.platform === 'linux' ? test : test.skip;
const paths = dataPaths(mkdtempSync(join(tmpdir(), 'rollcall-leftovers-')));
const lock = join(paths.postgres, 'postmaster.pid');

beforeEach(() => {
  mkdirSync(paths.postgres, { recursive: true });
  // A number that is another program's by now.
  writeFileSync(lock, `${String(process.pid)}\n${paths.postgres}\n`);
});

afterAll(() => {
  rmSync(paths.data, { recursive: true });
});

onLinux(
  'the lock of a Postgres that was killed does not keep the next one from starting',
  async () => {
    await sweep(paths);

    expect(existsSync(lock)).toBe(false);
  },
);

onLinux('the lock of a folder that a process still works in stays', async () => {
  const left = spawn('sleep', ['60'], { cwd: paths.postgres });
  await once(left, 'spawn');
  try {
    await sweep(paths);

    expect(existsSync(lock)).toBe(true);
  } finally {
    left.kill('SIGKILL');
    await once(left, 'exit');
  }
});
