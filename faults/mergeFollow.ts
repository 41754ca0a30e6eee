import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../embedded/paths';

const FILE = 'test/store/merges/follow.test.ts';

const HELP = `npm run faults -- merge-follow [options]

Merges accounts that HR and a list know into accounts made by hand. Then three syncs, two files, a day that
comes and the undo of an old import name the absorbed accounts: nobody is revived, made, or in conflict. Of
the people whom HR knows by an absorbed account alone, half leave: they lose access after the second read,
and no others do.

  --merges N     so many (1000)
`;

/** The campaign of runs after merges; returns the exit code. */
export async function mergeFollowFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      merges: { type: 'string', default: '1000' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const root = projectRoot();
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules', '.bin', 'jest'), '--ci', '--testTimeout=600000', FILE],
    { cwd: root, env: { ...process.env, ROLLCALL_MERGES: values.merges }, stdio: 'inherit' },
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
}
