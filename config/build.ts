import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What code is built here: the version and a hash of its sources, as `npm run build` writes it down; null
 * where nothing is. A process that says what it runs reads it as it starts: a later build is not its own.
 */
export function buildId(): string | null {
  // dist/config/build.js, or config/build.ts under a test
  for (const folder of ['..', join('..', 'dist')]) {
    try {
      return readFileSync(join(__dirname, folder, '.build'), 'utf8').trim();
    } catch {
      // not there
    }
  }
  return null;
}
