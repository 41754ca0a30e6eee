import { nearestName } from '../domain/nearest';
import { SETTINGS } from './settings';
import { PREFIX, strayNames, type Env, type Origin } from './sources';

/** A name in the environment or `.env` that looks like a setting but is none. */
export interface UnknownSetting {
  readonly name: string;
  readonly from: Origin;
  /** The setting that is probably meant. */
  readonly nearest: string | null;
}

/** Read elsewhere: by the set-up and the embedded stack, docker-compose.yml, and tests. */
const ELSEWHERE =
  /^ROLLCALL_(?:TEMPORAL_CLI|TEMPORAL_TEST_SERVER|DB_PASSWORD|SHARED|RECORD|FUZZ|(?:TEST|PROPERTY)_\w+)$/;

/**
 * Names that no code reads: most likely misspelt, but another program may use such names too, so they
 * are worth a warning and not a fault.
 */
export function findUnknown(env: Env, folder: string): UnknownSetting[] {
  const names = Object.keys(SETTINGS.shape);
  const tails = names.flatMap((name) => [tail(name), `${tail(name)}_FILE`]);
  return strayNames(names, env, folder)
    .filter(({ name }) => !ELSEWHERE.test(name))
    .map(({ name, from }) => {
      // The common prefix would make any two of them similar.
      const near = nearestName(tail(name), tails);
      return { name, from, nearest: near === undefined ? null : `${PREFIX}${near}` };
    });
}

/** The warning. It never has the value, which may be a secret. */
export function settingWarning({ name, from, nearest }: UnknownSetting): string {
  const meant = nearest === null ? 'rollcall config lists all' : `is ${nearest} meant?`;
  return `warning: ${name} (${from}) is no setting of Rollcall and does nothing; ${meant}`;
}

function tail(name: string): string {
  return name.slice(PREFIX.length);
}
