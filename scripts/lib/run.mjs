// Shared by the set-up scripts: where things are, how a command is run, how a failure is reported.
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A failure that a person can fix: what happened, and what to do now. */
export class SetupError extends Error {
  constructor(message, next) {
    super(message);
    this.next = next;
  }
}

/** Reports progress on stderr: stdout belongs to the command that asked for the set-up. */
export function say(text) {
  process.stderr.write(`rollcall set-up: ${text}\n`);
}

/** Ends the process and reports a failure in words. */
export function fail(error) {
  if (error instanceof SetupError) {
    process.stderr.write(`\nrollcall set-up failed: ${error.message}\n`);
    process.stderr.write(`What to do: ${error.next}\n`);
  } else {
    process.stderr.write(`\nrollcall set-up failed: ${error?.stack ?? error}\n`);
    process.stderr.write(
      'What to do: run `node scripts/setup.mjs` again; if it fails alike, report it.\n',
    );
  }
  process.exit(1);
}

/** True when `folder` exists, or can be made, and files can be written into it. */
export function writable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The home folder, or undefined for a user that has none (`nobody`). */
export function home() {
  let folder;
  try {
    folder = homedir();
  } catch {
    return undefined;
  }
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return folder;
  } catch {
    return undefined;
  }
}

/** The environment for npm, npx and pip: a cache in the clone for a user without a home. */
export function toolEnv(extra = {}) {
  const env = { ...process.env, npm_config_update_notifier: 'false', ...extra };
  if (home() === undefined) {
    // `npm run` passes on its own default, which is in the home folder that does not exist.
    if (env.npm_config_cache === undefined || !writable(env.npm_config_cache)) {
      env.npm_config_cache = join(root, '.tools', 'npm-cache');
    }
    env.XDG_CACHE_HOME ??= join(root, '.tools', 'cache');
  }
  return env;
}

/**
 * Runs a command; resolves to `{ code, output }` (both streams, in the order they came).
 * With `show`, the output also goes to stderr as it comes; `onMessage` gets what a script sends.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe', ...(options.onMessage ? ['ipc'] : [])],
    });
    if (options.onMessage) child.on('message', options.onMessage);
    const parts = [];
    const take = (part) => {
      parts.push(part);
      if (options.show) process.stderr.write(part);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code: code ?? (signal ? 1 : 0), output: Buffer.concat(parts).toString() }),
    );
  });
}

/** The last lines of a command's output, indented, for an error message. */
export function tail(output, lines = 25) {
  const rows = output.trimEnd().split('\n').slice(-lines);
  return rows.map((row) => `  ${row}`).join('\n');
}
