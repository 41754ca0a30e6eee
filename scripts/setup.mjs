// Makes a fresh clone ready: packages, Prisma client, Temporal's programs, dist/, workflow bundle.
// Plain JavaScript without dependencies, because it runs before there are any. Safe to run at any
// time and twice at once; with nothing to do it takes well under half a second.
//
//   node scripts/setup.mjs [--quiet] [--no-test-server]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { client, compiled, link, modules, workflowBundle } from './lib/build.mjs';
import { withLock } from './lib/lock.mjs';
import { SetupError, fail, root, say } from './lib/run.mjs';
import { ensure, locate } from './lib/temporal.mjs';

const parts = [modules, link, client, compiled, workflowBundle];

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 20)) return;
  throw new SetupError(
    `Node ${process.versions.node} is too old: Rollcall needs 20.20 or newer`,
    'install a newer Node (https://nodejs.org, or your version manager) and try again.',
  );
}

/** Brings the clone up to date. Programs: `temporalCli`, and for tests also `testServer`. */
export async function setup(programs = ['temporalCli', 'testServer']) {
  checkNode();
  const missing = () => programs.filter((name) => locate(name) === undefined);
  if (missing().length === 0 && !parts.some((part) => part.stale())) return false;
  const tools = join(root, '.tools');
  try {
    mkdirSync(tools, { recursive: true });
  } catch (error) {
    throw new SetupError(
      `this clone (${root}) cannot be written (${error.code})`,
      'run the set-up once as the user who owns it, or clone it into a folder of your own.',
    );
  }
  await withLock(join(tools, 'setup.lock'), async () => {
    // Downloads and npm do not need each other; compiling needs both the packages and the client.
    const fetched = Promise.allSettled(missing().map((name) => ensure(name)));
    for (const part of parts) if (part.stale()) await part.make();
    for (const result of await fetched) if (result.status === 'rejected') throw result.reason;
  });
  return true;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const programs = process.argv.includes('--no-test-server')
    ? ['temporalCli']
    : ['temporalCli', 'testServer'];
  setup(programs)
    .then((changed) => {
      if (!process.argv.includes('--quiet')) {
        say(changed ? 'ready' : 'ready (nothing to do)');
      }
    })
    .catch(fail);
}
