import type { Desk } from './desk';

/** What came of a line, or must come: a name → a short text. */
export type Facts = Readonly<Record<string, string>>;

/** One thing that is given, and what must come of it. */
export interface Line {
  readonly given: string;
  readonly must: Facts;
  /** Parts of the answer that must be there, as they are. */
  readonly says: readonly string[];
  readonly play: (at: Desk, wanted: readonly string[]) => Promise<Came>;
}

export interface Came {
  readonly facts: Facts;
  /** Everything that was printed, on both outputs. */
  readonly text: string;
}

/** Lines that follow each other in one store, which is empty before the first. */
export interface Scenario {
  /** The kind in the table of cases: A1 to E12. */
  readonly kind: string;
  readonly title: string;
  readonly lines: readonly Line[];
}

/** A line that was played. */
export interface Played {
  readonly kind: string;
  readonly given: string;
  readonly must: string;
  readonly came: string;
  readonly exit: string;
  readonly ok: boolean;
}

/** Plays a scenario; a line that breaks off is not right, and the next ones are still played. */
export async function playScenario(at: Desk, scenario: Scenario): Promise<Played[]> {
  await at.empty();
  const played: Played[] = [];
  for (const line of scenario.lines) {
    const given = `${scenario.title}: ${line.given}`;
    played.push({ kind: scenario.kind, given, ...(await playLine(at, line)) });
  }
  return played;
}

async function playLine(at: Desk, line: Line): Promise<Omit<Played, 'kind' | 'given'>> {
  const wanted = Object.keys(line.must);
  const must = worded(line.must, line.says);
  try {
    const { facts, text } = await line.play(at, wanted);
    const said = line.says.filter((part) => text.includes(part));
    const right =
      said.length === line.says.length &&
      wanted.every((name) => isRight(line.must[name] ?? '', facts[name] ?? ''));
    const chosen = Object.fromEntries(wanted.map((name) => [name, facts[name] ?? '(nothing)']));
    return { must, came: worded(chosen, said), exit: facts['exit'] ?? '', ok: right };
  } catch (error) {
    const came = error instanceof Error ? error.message : String(error);
    return { must, came: `broke off: ${came.slice(0, 300)}`, exit: '', ok: false };
  }
}

/** `not 0` allows any other exit code; `1 or 3` allows two. */
function isRight(must: string, came: string): boolean {
  if (must.startsWith('not ')) return came !== '' && came !== must.slice('not '.length);
  return must.split(' or ').includes(came);
}

function worded(facts: Facts, says: readonly string[]): string {
  const parts = Object.entries(facts)
    .filter(([name]) => name !== 'exit')
    .map(([name, value]) => `${name}: ${value === '' ? 'none' : value}`);
  const exit = facts['exit'] === undefined ? [] : [`exit ${facts['exit']}`];
  const words = says.length === 0 ? [] : [`says ${says.map((part) => `"${part}"`).join(', ')}`];
  return [...exit, ...parts, ...words].join('; ');
}
