import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker';

const ROOT = dirname(__dirname);
const FOLDERS = ['workflows', 'domain', 'wording'] as const;

/** Path of the bundle that the build makes: in `dist/`, beside the compiled folders. */
export const BUNDLE_PATH = join(ROOT, 'workflow-bundle.js');
const KEY_PATH = join(ROOT, 'workflow-bundle.key');

/**
 * The bundle of the build if it is of exactly these workflows; otherwise one built now (1–2
 * seconds).
 */
export async function workflowBundle(): Promise<{
  readonly bundle: WorkflowBundleOption;
  readonly ahead: boolean;
}> {
  if (existsSync(BUNDLE_PATH) && readKey() === sourceKey()) {
    return { bundle: { codePath: BUNDLE_PATH }, ahead: true };
  }
  return { bundle: await bundleNow(), ahead: false };
}

/** Bundles the workflows: everything that runs in Temporal's sandbox, and nothing else. */
export function bundleNow(): Promise<{ code: string }> {
  return bundleWorkflowCode({
    workflowsPath: require.resolve('../workflows'),
    logger: new DefaultLogger('WARN'),
  });
}

/** Writes the bundle; called by the build. */
export async function writeBundle(): Promise<void> {
  const { code } = await bundleNow();
  mkdirSync(dirname(BUNDLE_PATH), { recursive: true });
  // A worker that starts meanwhile finds the old bundle or the new one, never half of one.
  writeFileSync(`${BUNDLE_PATH}.new`, code);
  renameSync(`${BUNDLE_PATH}.new`, BUNDLE_PATH);
  writeFileSync(KEY_PATH, sourceKey());
}

/** A hash that changes with the sources of the bundle and with the SDK. */
function sourceKey(): string {
  const sum = createHash('sha256');
  const sdk = require.resolve('@temporalio/workflow/package.json');
  sum.update(readFileSync(sdk));
  for (const folder of FOLDERS) {
    const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((each) => /\.(js|ts)$/.test(each)).sort()) {
      sum.update(`\0${folder}/${name}\0`).update(readFileSync(join(ROOT, folder, name)));
    }
  }
  return sum.digest('hex');
}

function readKey(): string | undefined {
  return existsSync(KEY_PATH) ? readFileSync(KEY_PATH, 'utf8') : undefined;
}

if (require.main === module) {
  writeBundle().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
