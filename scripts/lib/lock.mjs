// One set-up at a time in one clone. A folder is the lock: making it succeeds for one process only.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError, say } from './run.mjs';

const waitMs = 15 * 60_000;

/** Runs `work` while holding the lock folder; a lock whose owner is gone is taken over. */
export async function withLock(folder, work) {
  await acquire(folder);
  const release = () => rmSync(folder, { recursive: true, force: true });
  const interrupted = (signal) => {
    release();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  try {
    return await work();
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    release();
  }
}

async function acquire(folder) {
  const until = Date.now() + waitMs;
  let told = false;
  for (;;) {
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, 'owner'), `${process.pid} ${hostname()}`);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        throw new SetupError(
          `cannot write to ${folder} (${error.code})`,
          'run the set-up as the user who owns this clone, or clone it into a folder of your own.',
        );
      }
    }
    if (abandoned(folder)) {
      rmSync(folder, { recursive: true, force: true });
      continue;
    }
    if (Date.now() > until) {
      throw new SetupError(
        `another set-up holds ${folder} for more than 15 minutes`,
        `if none is running, remove that folder and try again.`,
      );
    }
    if (!told) say('another set-up is at work in this clone; waiting for it');
    told = true;
    await sleep(250);
  }
}

function abandoned(folder) {
  try {
    const [pid, host] = readFileSync(join(folder, 'owner'), 'utf8').trim().split(' ');
    if (host !== hostname()) return false;
    try {
      process.kill(Number(pid), 0);
      return false;
    } catch (error) {
      return error.code === 'ESRCH';
    }
  } catch {
    // Made a moment ago and not yet signed, or left by a process that died in between.
    try {
      return Date.now() - statSync(folder).mtimeMs > 10_000;
    } catch {
      return false;
    }
  }
}
