import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The build of this code: the version and a hash of its sources, as `npm run build` writes it; null where
 * nothing was built. A process that reports its build reads it at its start: a later build is not its own.
 */
export function buildId(): string | null {
  // dist/config/build.js, or config/build.ts under a test
  for (const folder of ['..', join('..', 'dist')]) {
    try {
      return readFileSync(join(__dirname, folder, '.build'), 'utf8').trim();
    } catch {
      // it does not exist
    }
  }
  return null;
}
