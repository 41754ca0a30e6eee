import { realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { quoted } from '../domain/shown';
import { asCalled } from '../wording/called';

/** What a shell needs to start this same program again; see {@link asCalled}. */
export function howCalled(o: {
  /** The program's file, as it was started. */
  readonly script: string | undefined;
  readonly cwd: string;
  /** PATH. */
  readonly path: string;
}): string {
  const own = realFile(o.script ?? '');
  if (o.script === undefined || own === undefined) return 'rollcall';
  // npm adds folders of this kind to the PATH of what it starts; the shell of the reader lacks
  // them.
  const dirs = o.path.split(delimiter).filter((dir) => dir !== '' && !NPM_BIN.test(dir));
  if (dirs.some((dir) => realFile(join(dir, 'rollcall')) === own)) return 'rollcall';
  for (const dir of upwards(o.cwd)) {
    const near = [join('node_modules', '.bin', 'rollcall'), join('bin', 'rollcall.js')];
    if (near.some((file) => realFile(join(dir, file)) === own)) return 'npx rollcall';
  }
  // Elsewhere npx would fetch a package of that name from the registry.
  return quoted(o.script);
}

const NPM_BIN = /[\\/]node_modules[\\/]\.bin[\\/]?$/;

function realFile(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function* upwards(from: string): Generator<string> {
  let at = from;
  for (let above = dirname(at); above !== at; at = above, above = dirname(at)) yield at;
  yield at;
}

/**
 * A document as `--json` prints it. `next`, messages and the reasons of runs name commands;
 * everything else stays as it is stored.
 */
export function jsonText(document: unknown, program: string): string {
  const data = new WeakSet();
  const spoken = function (this: unknown, key: string, value: unknown): unknown {
    if (typeof value === 'object' && value !== null && isData(key, this, data)) data.add(value);
    return typeof value === 'string' && isSpoken(key, this, data)
      ? asCalled(value, program)
      : value;
  };
  return `${JSON.stringify(document, spoken, 2)}\n`;
}

/** Objects whose keys are names that people chose. */
const DATA = new Set(['properties', 'values', 'columns', 'changes']);

function isData(key: string, holder: unknown, data: WeakSet<object>): boolean {
  return DATA.has(key) || (typeof holder === 'object' && holder !== null && data.has(holder));
}

function isSpoken(key: string, holder: unknown, data: WeakSet<object>): boolean {
  if (typeof holder !== 'object' || holder === null || data.has(holder)) return false;
  if (key === 'next' || key === 'message') return true;
  // A decision's reason is its admin's own text; a run's reason is ours.
  return key === 'reason' && 'runId' in holder && 'state' in holder;
}
