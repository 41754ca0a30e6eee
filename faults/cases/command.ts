import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../embedded/paths';
import { adminCases } from './admin';
import { playScenario, type Played, type Scenario } from './case';
import { Desk, sharedInput } from './desk';
import { guardCases } from './guards';
import { harmCases } from './harm';
import { polledCases } from './polled';
import { renumberedCases } from './renumbered';
import { syncedCases } from './synced';
import { caseTable, kindTable } from './table';
import { wordCases } from './words';
import { writingCases } from './writing';
import { wrongCases } from './wrong';

const HELP = `npm run faults -- cases [options]

Walks through the files and systems that people really have, case by case: gives each to the command
line on a stack of its own, and compares the outcome and the exit code with what must come.

  --only A,B     only cases of these kinds, such as A1,C6
  --shared DIR   files that others wrote (../shared/data/cases, where it is there)
  --failed       prints only lines that are not right
`;

/** Walks through the cases; returns the exit code: 1 when a line is not right. */
export async function caseFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      shared: { type: 'string', default: join(projectRoot(), '..', 'shared', 'data', 'cases') },
      failed: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const scenarios = chosen(scenariosOf(resolve(values.shared)), values.only);
  const desk = await Desk.open();
  const interrupted = (): void => {
    void desk.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const played: Played[] = [];
  try {
    for (const scenario of scenarios) {
      const lines = await playScenario(desk, scenario);
      played.push(...lines);
      const right = lines.every(({ ok }) => ok) ? 'ok' : 'FAILED';
      process.stderr.write(`${scenario.kind} ${scenario.title}: ${right}\n`);
    }
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await desk.close();
  }
  const printed = values.failed ? played.filter(({ ok }) => !ok) : played;
  process.stdout.write(`\n${caseTable(printed)}\n\n${kindTable(played)}\n`);
  const wrong = played.filter(({ ok }) => !ok).length;
  process.stdout.write(`\n${String(played.length)} lines, ${String(wrong)} not right\n`);
  return wrong === 0 ? 0 : 1;
}

/** Every case; those with files of others only where the folder has them. */
export function scenariosOf(folder: string): Scenario[] {
  const shared = (name: string): ReturnType<typeof sharedInput> => sharedInput(folder, name);
  return [
    ...renumberedCases(shared),
    ...harmCases(shared),
    ...syncedCases(folder),
    ...polledCases(folder),
    ...wrongCases(shared),
    ...writingCases(shared),
    ...wordCases(shared),
    ...guardCases(shared),
    ...adminCases(),
  ].sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0));
}

function chosen(scenarios: readonly Scenario[], only: string | undefined): Scenario[] {
  const kinds = only?.split(',').map((kind) => kind.trim().toLowerCase());
  if (kinds === undefined) return [...scenarios];
  const known = new Set(scenarios.map(({ kind }) => kind.toLowerCase()));
  const [unknown] = kinds.filter((kind) => !known.has(kind));
  if (unknown !== undefined) throw new Error(`--only knows no "${unknown}"`);
  return scenarios.filter(({ kind }) => kinds.includes(kind.toLowerCase()));
}
