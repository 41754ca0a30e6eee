import type { Came, Facts, Line } from './case';
import { wordOf, type Desk, type Input, type Printed, type Said } from './desk';

interface More {
  readonly says?: readonly string[];
  /** The name under which later lines find the run. */
  readonly run?: string;
}

/** `rollcall import FILE OPTIONS`. */
export function imports(
  given: string,
  o: { readonly input: Input; readonly options?: readonly string[]; readonly must: Facts } & More,
): Line {
  const { input, options = [], ...rest } = o;
  return command(given, {
    ...rest,
    args: (at) => ['import', at.file(input), ...options],
  });
}

/** A named list that says who is absent, as a person imports it. */
export function listed(name: string): readonly string[] {
  return ['--source', name, '--missing', 'deactivate', '--yes'];
}

/** Any command; `args` may name runs of earlier lines. */
export function command(
  given: string,
  o: { readonly args: (at: Desk) => readonly string[]; readonly must: Facts } & More,
): Line {
  return {
    given,
    must: o.must,
    says: o.says ?? [],
    play: async (at, wanted) => {
      const said = await at.run(...o.args(at));
      if (o.run !== undefined) at.runs.set(o.run, said.document.runId ?? '');
      return cameOf(at, said, wanted);
    },
  };
}

/** What a command prints in words; a wanted fact `never TEXT` is `yes` where the text is not there. */
export function prints(
  given: string,
  o: { readonly args: (at: Desk) => readonly string[]; readonly must: Facts } & Pick<More, 'says'>,
): Line {
  return {
    given,
    must: o.must,
    says: o.says ?? [],
    play: async (at, wanted) => {
      const { exit, out, err } = await at.print(...o.args(at));
      const text = `${out}\n${err}`;
      const never = wanted
        .filter((name) => name.startsWith(NEVER))
        .map((name) => [name, text.includes(name.slice(NEVER.length)) ? 'no' : 'yes'] as const);
      return { facts: { exit: String(exit), ...Object.fromEntries(never) }, text };
    },
  };
}

const NEVER = 'never ';

/** The id of a run that an earlier line named. */
export function runOf(at: Desk, name: string): string {
  const run = at.runs.get(name);
  if (run === undefined || run === '') throw new Error(`no line has made the run "${name}"`);
  return run;
}

/** `rollcall connectors try` with a connection file and saved answers. */
export function tries(
  given: string,
  o: {
    readonly connector: object | string;
    readonly pages: readonly string[];
    readonly must: Facts;
  } & More,
): Line {
  const text = typeof o.connector === 'string' ? o.connector : JSON.stringify(o.connector);
  return command(given, {
    ...o,
    args: (at) => [
      ...['connectors', 'try', at.file({ name: 'connector.json', text })],
      ...['--pages', at.pages(o.pages), '--people', '100', '--config', 'host=hr.example.com'],
    ],
  });
}

/** `rollcall connectors validate` with a connection file. */
export function validates(
  given: string,
  o: { readonly connector: object; readonly must: Facts } & More,
): Line {
  const text = JSON.stringify(o.connector);
  return command(given, {
    ...o,
    args: (at) => ['connectors', 'validate', at.file({ name: 'connector.json', text })],
  });
}

/**
 * The facts of an answer. A wanted fact `people code,status` is these fields of every user; `told
 * code,hireDate` is these fields of the people that `connectors try` shows.
 */
async function cameOf(at: Desk, said: Said, wanted: readonly string[]): Promise<Came> {
  const facts: Record<string, string> = { exit: String(said.exit), ...runFacts(said.document) };
  for (const name of wanted) {
    const [what, fields = ''] = name.split(' ');
    if (what === 'people') {
      const users = await at.users();
      facts[name] = users
        .map((user) =>
          fields
            .split(',')
            .map((field) => wordOf(user[field]))
            .join(' '),
        )
        .join(', ');
    }
    if (what === 'told') facts[name] = toldPeople(said.document, fields.split(','));
  }
  return { facts, text: `${said.out}\n${said.err}` };
}

function toldPeople({ people = [] }: Printed, fields: readonly string[]): string {
  return people
    .map((person) =>
      fields
        .map((field) => {
          if (field === 'id') return wordOf(person.externalId);
          if (field === 'status') return wordOf(person.status);
          if (field === 'due') return person.dueOn.join('+') || '–';
          return wordOf(person.fields[field]);
        })
        .join(' '),
    )
    .join(', ');
}

/** Counts that are facts of the whole, not outcomes of rows. */
const BESIDE: ReadonlySet<string> = new Set(['rows', 'absent', 'keptByHand']);

function runFacts(document: Printed): Facts {
  const { state, counts, held, messages, error, complete, renumbered } = document;
  const facts: Record<string, string> = {};
  if (state !== undefined) facts['state'] = state;
  if (counts !== undefined) {
    facts['counts'] = Object.entries(counts)
      .filter(([name, n]) => n > 0 && !BESIDE.has(name))
      .map(([name, n]) => `${name} ${String(n)}`)
      .join(', ');
  }
  // The list of what to do has its runs there.
  if (held !== undefined && 'map' in held) {
    facts['held'] = held.map(({ gate, count }) => `${gate} ${String(count)}`).join(', ');
  }
  if (messages !== undefined) {
    facts['codes'] = [...new Set(messages.map(({ code }) => code))].sort().join(', ');
    facts['messages'] = String(messages.length);
  }
  if (error !== undefined) facts['error'] = error.code;
  if (complete !== undefined) facts['complete'] = String(complete);
  if (renumbered !== undefined) facts['renumbered'] = wordOf(renumbered);
  return { ...facts, ...checkFacts(document) };
}

/** What `import FILE --check` prints. */
function checkFacts({ faults, wordsForNothing, headerLine, rows, command: line }: Printed): Facts {
  const facts: Record<string, string> = {};
  if (wordsForNothing !== undefined) facts['words'] = String(wordsForNothing.length);
  if (headerLine !== undefined) facts['headerLine'] = String(headerLine);
  if (typeof rows === 'number') facts['rows'] = String(rows);
  if (line !== undefined) facts['command'] = line;
  if (wordsForNothing !== undefined && faults !== undefined) {
    facts['faults'] = faults
      .map(({ code, count }) => `${code ?? '?'} ${String(count ?? 0)}`)
      .join(', ');
  }
  return facts;
}
