// What `npm pack` does first: sets the clone up, and makes the declarations of the package.
import { join } from 'node:path';
import { declarations } from './lib/declarations.mjs';
import { withLock } from './lib/lock.mjs';
import { fail, root, say } from './lib/run.mjs';
import { setup } from './setup.mjs';

try {
  await setup([]);
  await withLock(join(root, '.tools', 'pack.lock'), async () => {
    if (!declarations.stale()) return;
    say('making the declarations');
    await declarations.make();
  });
} catch (error) {
  fail(error);
}
