// `npm test`: sets the clone up, then types, lint, format, import boundaries and jest. Ends with the
// line `N passed, N failed`, where each check and each jest test counts as one.
//
//   npm test                              everything
//   npm test -- test/store                jest alone, with these arguments
//   npm test -- --slowest [test/store]    also lists the ten files that took longest
//   npm run lint                          the checks alone
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import boundaries from './lib/boundaries.cjs';
import { fail, root, run, toolEnv } from './lib/run.mjs';
import { setup } from './setup.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
/** By what a file says, not by its time: the result is that of a check without it. */
const CACHED = [
  ...['--cache', '--cache-strategy', 'content'],
  ...['--cache-location', join(root, 'dist', '.prettier')],
];
const checks = [
  { names: ['types', 'lint'], script: join(root, 'scripts', 'lib', 'typesAndLint.mjs') },
  {
    names: ['format'],
    args: [bin('prettier'), '--check', '.', ...CACHED],
  },
  {
    names: ['boundaries'],
    args: [bin('depcruise'), '--config', '.dependency-cruiser.cjs', ...boundaries.FOLDERS],
  },
];

const given = process.argv.slice(2);
const slowest = given.includes('--slowest');
const args = given.filter((arg) => arg !== '--slowest');
const only = args[0] === '--checks' ? 'checks' : args.length > 0 ? 'jest' : 'all';
const total = { passed: 0, failed: 0 };
/** Names of failed checks, printed again at the end, because jest's output may stand between. */
const failedChecks = [];

function count(ok) {
  total[ok ? 'passed' : 'failed']++;
}

function report({ name, ok, seconds, output }) {
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)\n`);
  if (!ok) {
    process.stdout.write(`${output.trimEnd()}\n`);
    failedChecks.push(name);
  }
  count(ok);
}

async function runCheck({ names, args, script }) {
  const startedAt = Date.now();
  if (script === undefined) {
    const { code, output } = await run(process.execPath, args, { env: toolEnv() });
    report({ name: names[0], ok: code === 0, seconds: (Date.now() - startedAt) / 1000, output });
    return;
  }
  const missing = new Set(names);
  const { output } = await run(process.execPath, [script], {
    env: toolEnv(),
    onMessage: (result) => {
      missing.delete(result.name);
      report(result);
    },
  });
  // It ended before it could tell.
  const seconds = (Date.now() - startedAt) / 1000;
  for (const name of missing) report({ name, ok: false, seconds, output });
}

/**
 * `lanes`: checks at a time. Two is best for two cores; beside jest, one uses what jest's waits
 * leave.
 */
async function runChecks(lanes) {
  const queue = [...checks];
  const lane = async () => {
    for (let check = queue.shift(); check; check = queue.shift()) await runCheck(check);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function runJest(extra) {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-jest-'));
  const report = join(folder, 'report.json');
  const command = [bin('jest'), '--ci', '--json', '--outputFile', report, ...extra];
  // The report goes to the file; jest's own output goes to stderr, shown as it comes.
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: toolEnv(),
    stdio: ['inherit', 'ignore', 'inherit'],
  });
  const forward = () => child.kill('SIGTERM');
  process.on('SIGTERM', forward);
  process.on('SIGINT', () => undefined);
  const code = await new Promise((resolve) => child.on('close', (value) => resolve(value ?? 1)));
  process.off('SIGTERM', forward);
  let failed = 0;
  let files = [];
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    files = result.testResults;
    total.passed += result.numPassedTests;
    failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  } catch {
    // Jest ended before it could report.
  }
  total.failed += failed === 0 && code !== 0 ? 1 : failed;
  rmSync(folder, { recursive: true, force: true });
  return files;
}

/** The ten files that took longest, in seconds. */
function slowestOf(files) {
  const rows = files
    .map(({ name, startTime, endTime }) => ({ name, seconds: (endTime - startTime) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 10)
    .map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${relative(root, name)}\n`);
  return `\nThe slowest files:\n${rows.join('')}`;
}

try {
  await setup();
  const [, files] = await Promise.all([
    only === 'jest' ? undefined : runChecks(only === 'checks' ? 2 : 1),
    only === 'checks' ? [] : runJest(args),
  ]);
  if (slowest && only !== 'checks') process.stdout.write(slowestOf(files));
} catch (error) {
  fail(error);
}
if (only === 'all' && failedChecks.length > 0) {
  process.stdout.write(
    `\nChecks that failed: ${failedChecks.join(', ')} (their words stand above)\n`,
  );
}
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
