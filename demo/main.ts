import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { stackStatus } from '../embedded/stack';
import { rollcall, type Place } from '../bench/cli';
import { playLetter } from './letter';
import { Demo, DemoFailure } from './stage';
import { playFirst, playMerge, playSecond, playUndo, writeFiles, type Files } from './steps';

const HELP = `npm run demo [-- [--keep] [FIRST.csv SECOND.csv]]

Starts Postgres, Temporal (with its web UI) and the worker, and plays the main job: a dry run, the
import, a second file that a gate holds, its approval, an undo. Without files it makes up a company
of 6,000 people, merges two accounts of a person and takes that back, and sends a letter to a few people
that stays in the local sink. It stops everything at its end; --keep leaves it up, with the web UI.
`;
const PEOPLE = 6_000;
const STOPPED = `
Everything is stopped, the web UI too, and what the demo made is removed. To keep it, and look at
each run as a workflow in the web UI: npm run demo -- --keep
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals.length !== 0 && positionals.length !== 2) {
    process.stderr.write(`Give two files, or none.\n\n${HELP}`);
    return 2;
  }
  const missing = positionals.find((path) => !existsSync(path));
  if (missing !== undefined) {
    process.stderr.write(`There is no file ${missing}.\n`);
    return 5;
  }
  const folder = await demoFolder();
  if (folder === undefined) return 1;
  const abort = new AbortController();
  const place: Place = { folder, home: join(folder, '.rollcall'), signal: abort.signal };
  const onSignal = (): void => {
    if (!abort.signal.aborted) process.stdout.write('\nStopping …\n');
    abort.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  const demo = new Demo(place, { keep: values.keep });
  const state = { exit: 1 };
  try {
    await play(demo, positionals);
    state.exit = 0;
  } catch (error) {
    state.exit = abort.signal.aborted ? 130 : 1;
    if (!abort.signal.aborted) told(error, folder);
  } finally {
    if (values.keep && state.exit === 0) kept(demo, folder);
    else await stop({ folder, home: place.home }, state);
    if (!values.keep && state.exit === 0) demo.say(STOPPED);
  }
  return state.exit;
}

async function play(demo: Demo, given: readonly string[]): Promise<void> {
  const { place } = demo;
  await demo.start();
  const [first, second] = given.map((path) => resolve(path));
  const files: Files =
    first !== undefined && second !== undefined
      ? { first, second, madeUp: false }
      : await writeFiles(demo, place.folder, PEOPLE);
  await playFirst(demo, files);
  const run = await playSecond(demo, files);
  await playUndo(demo, run);
  if (files.madeUp) {
    await playMerge(demo);
    await playLetter(demo);
  }
  demo.step('What happened', 'Every run, newest first:');
  await demo.run(['runs', 'list']);
  if (demo.keep) demo.say(`The same in the web UI, one workflow a run: ${demo.uiUrl()}\n`);
}

/** A new folder: in the working directory, or, where that can't be written, a temporary one. */
async function demoFolder(): Promise<string | undefined> {
  const folder = resolve('.rollcall', 'demo');
  const { supervisor } = await stackStatus(join(folder, '.rollcall'));
  if (supervisor !== null) {
    process.stderr.write(
      `A demo is up already.\nStop it first: cd ${relative('.', folder)} && npx rollcall down\n`,
    );
    return undefined;
  }
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    return folder;
  } catch {
    return mkdtempSync(join(tmpdir(), 'rollcall-demo-'));
  }
}

/** Stops the stack; what a failure left behind stays for inspection. */
async function stop(place: Place, state: { exit: number }): Promise<void> {
  const down = await rollcall(place, ['down']);
  if (down.exit !== 0) {
    process.stderr.write(`rollcall down failed:\n${down.stdout}${down.stderr}`);
    state.exit = 1;
  }
  if (state.exit !== 1) rmSync(place.folder, { recursive: true, force: true });
}

function told(error: unknown, folder: string): void {
  const words = error instanceof DemoFailure ? error.message : String(error);
  process.stderr.write(
    `\nThe demo failed: ${words}\nLogs: ${join(folder, '.rollcall', 'logs')} (until the next demo)\n`,
  );
}

function kept(demo: Demo, folder: string): void {
  demo.say(`
Everything stays up. Come back to it:

  cd ${relative('.', folder)}
  npx rollcall status
  npx rollcall runs list
  npx rollcall users list --limit 5

Web UI: ${demo.uiUrl()}
Stop it: npx rollcall down   (in that folder; the next demo begins anew)
`);
}

main()
  .then((code) => {
    process.exit(code);
  })
  .catch((error: unknown) => {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  });
