import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

/** Where a setting's value came from; shown by `rollcall config`. */
export type Origin = 'environment' | '.env' | 'file' | 'embedded stack' | 'default' | 'unset';

/** Settings by name, each with its origin. Empty values count as unset. */
export interface Given {
  readonly values: ReadonlyMap<string, string>;
  readonly origins: ReadonlyMap<string, Origin>;
  /** Values that could not be read (`NAME_FILE`). */
  readonly faults: readonly string[];
}

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Gathers the settings `names`: the environment first, then `.env` of the working directory; where
 * NAME is unset, NAME_FILE names a file whose content (less trailing line breaks) is the value.
 */
export function gather(names: readonly string[], env: Env, folder: string): Given {
  const file = dotenv(folder);
  const values = new Map<string, string>();
  const origins = new Map<string, Origin>();
  const faults: string[] = [];
  const lookUp = (name: string): readonly [string, Origin] | undefined => {
    const own = env[name];
    if (own !== undefined && own !== '') return [own, 'environment'];
    const kept = file[name];
    return kept !== undefined && kept !== '' ? [kept, '.env'] : undefined;
  };
  for (const name of names) {
    const direct = lookUp(name);
    const pointer = direct === undefined ? lookUp(`${name}_FILE`) : undefined;
    if (direct !== undefined) {
      values.set(name, direct[0]);
      origins.set(name, direct[1]);
    } else if (pointer !== undefined) {
      try {
        const content = readFileSync(resolve(folder, pointer[0]), 'utf8');
        values.set(name, content.replace(/[\r\n]+$/, ''));
        origins.set(name, 'file');
      } catch (error) {
        const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
        faults.push(`${name}_FILE: ${pointer[0]} cannot be read (${why})`);
      }
    }
  }
  return { values, origins, faults };
}

/**
 * Names of the environment and `.env` that begin like settings, have a value, and are neither in
 * `names` nor their NAME_FILE.
 */
export function strayNames(
  names: readonly string[],
  env: Env,
  folder: string,
): { readonly name: string; readonly from: Origin }[] {
  const known = new Set(names.flatMap((name) => [name, `${name}_FILE`]));
  const stray = (values: Env, from: Origin) =>
    Object.entries(values)
      .filter(([name, value]) => name.startsWith(PREFIX) && value !== '' && !known.has(name))
      .map(([name]) => ({ name, from }));
  const own = stray(env, 'environment');
  const kept = stray(dotenv(folder), '.env');
  return [...own, ...kept.filter(({ name }) => !own.some((other) => other.name === name))];
}

/** What the name of every setting begins with. */
export const PREFIX = 'ROLLCALL_';

function dotenv(folder: string): Env {
  try {
    return parseEnv(readFileSync(join(folder, '.env'), 'utf8'));
  } catch {
    return {};
  }
}
