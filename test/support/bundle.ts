import { existsSync, mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { SHARED_FOLDER } from './jest/globalSetup';

/**
 * The bundle of the workflows as their sources are now: made by the test file that needs it first,
 * the others of the same jest run wait for it.
 */
export async function workflowBundle(): Promise<{ codePath: string }> {
  const folder = process.env[SHARED_FOLDER];
  if (folder === undefined) throw new Error('run the tests with jest: its globalSetup is missing');
  const codePath = join(folder, 'workflows.js');
  const lock = join(folder, 'bundling');
  while (!existsSync(codePath)) {
    if (isTaken(lock)) await sleep(100);
    else await make(codePath).finally(() => rmdirSync(lock));
  }
  return { codePath };
}

/** True when another test file holds the lock; else it is ours now. */
function isTaken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return false;
  } catch {
    return true;
  }
}

async function make(codePath: string): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('../../workflows'),
    logger: new DefaultLogger('ERROR'),
  });
  writeFileSync(`${codePath}.new`, code);
  renameSync(`${codePath}.new`, codePath);
}
