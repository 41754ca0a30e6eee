import { z } from 'zod';
import { readStackFile } from '../config/stackFile';
import { exitWord } from '../domain/exits';
import { rollcall, type Place, type Ran } from '../bench/cli';

/** Something went another way than the demo shows. */
export class DemoFailure extends Error {}

const run = z.object({
  runId: z.string(),
  kind: z.string(),
  state: z.string(),
  counts: z.object({
    rows: z.number(),
    created: z.number(),
    deactivated: z.number(),
    conflict: z.number(),
    error: z.number(),
  }),
  held: z.array(z.object({ gate: z.string(), count: z.number(), limit: z.number() })),
  messageCount: z.number(),
});

/** The parts of a run's document that the demo uses. */
export type ShownRun = z.infer<typeof run>;

const RULE = 78;
/** Lines shown of one command's output; the rest is counted. */
const SHOWN_LINES = 22;

/** Runs commands of the real client, and explains what they do. */
export class Demo {
  readonly place: Place;
  /** The stack stays up at the end: only then is the address of its web UI worth printing. */
  readonly keep: boolean;
  readonly #started = Date.now();
  readonly #state = { step: 0 };

  constructor(place: Place, o: { readonly keep: boolean }) {
    this.place = place;
    this.keep = o.keep;
  }

  /** Starts the stack. */
  async start(): Promise<void> {
    this.step(
      'Start',
      `Postgres, Temporal with its web UI, and the worker that does the work; all of it in
${this.place.folder}, none of it on servers of yours.
What follows a $ is what you would type (npx rollcall … in a clone), and under it what it answers.`,
    );
    await this.run(['up', '--detach']);
    this.say(
      this.keep
        ? `\nThe web UI: ${this.uiUrl()}`
        : '\nAll of it stops when the demo ends. To look at its runs in the web UI: npm run demo -- --keep',
    );
  }

  /** Begins a chapter. */
  step(title: string, words: string): void {
    this.#state.step += 1;
    const head = `── ${String(this.#state.step)}. ${title} `;
    const seconds = `${((Date.now() - this.#started) / 1000).toFixed(0)} s `;
    this.say(`\n${head.padEnd(RULE - seconds.length, '─')} ${seconds}\n\n${words}\n`);
  }

  say(text: string): void {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /**
   * Runs one command and shows it with its output; an exit code that is not in `exits` ends the demo.
   */
  async run(
    args: readonly string[],
    o: { readonly exits?: readonly number[]; readonly lines?: number } = {},
  ): Promise<Ran> {
    this.say(`\n$ rollcall ${args.map(quoted).join(' ')}`);
    const ran = await this.#spawn(args);
    this.say(shortened(ran.stdout.trimEnd(), o.lines ?? SHOWN_LINES));
    if (ran.exit !== 0) this.say(`[exit ${String(ran.exit)}: ${exitWord(ran.exit)}]`);
    if (!(o.exits ?? [0]).includes(ran.exit)) {
      throw new DemoFailure(
        `rollcall ${args.join(' ')} ended with ${String(ran.exit)}\n${ran.stderr.trimEnd()}`,
      );
    }
    return ran;
  }

  /** Runs a command that starts or decides a run, and keeps where to look at it later. */
  async runs(args: readonly string[], o: { readonly lines?: number } = {}): Promise<ShownRun> {
    const { stdout } = await this.run(args, { ...o, exits: [0, 3, 4] });
    const id = /^run (\S+)/m.exec(stdout)?.[1];
    if (id === undefined) throw new DemoFailure(`rollcall ${args.join(' ')} named no run`);
    const shown = await this.show(id);
    if (this.keep) this.say(`\n  In the web UI: ${this.workflowUrl(shown)}`);
    return shown;
  }

  /** A run as it is now; not shown. */
  async show(id: string): Promise<ShownRun> {
    return run.parse(await this.ask(['runs', 'show', id]));
  }

  /** The answer of a command under --json; not shown. */
  async ask(args: readonly string[]): Promise<unknown> {
    const ran = await this.#spawn([...args, '--json']);
    if (ran.exit !== 0) throw new DemoFailure(`rollcall ${args.join(' ')}\n${ran.stdout}`);
    return JSON.parse(ran.stdout);
  }

  uiUrl(): string {
    const file = readStackFile(this.place.home);
    if (file?.uiUrl === null || file === undefined) return '(the web UI is not up)';
    return `${file.uiUrl}/namespaces/${file.temporalNamespace}/workflows`;
  }

  workflowUrl({ kind, runId }: ShownRun): string {
    return `${this.uiUrl()}/${encodeURIComponent(`${kind}/${runId}`)}`;
  }

  async #spawn(args: readonly string[]): Promise<Ran> {
    this.place.signal?.throwIfAborted();
    const ran = await rollcall(this.place, args);
    this.place.signal?.throwIfAborted();
    return ran;
  }
}

function quoted(arg: string): string {
  return /^[\w./:=,@-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}

function shortened(text: string, most: number): string {
  const lines = text.split('\n');
  if (lines.length <= most) return text;
  // A report ends with the next step.
  const last = lines.at(-1)?.startsWith('next: ') === true ? lines.slice(-1) : [];
  const left = lines.length - most - last.length;
  return [
    ...lines.slice(0, most),
    `… (the demo leaves ${String(left)} lines out here)`,
    ...last,
  ].join('\n');
}
