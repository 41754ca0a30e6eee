import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { asCalled } from '../wording/called';
import { jsonText } from './called';
import { EXIT_WORDS } from '../domain/exits';
import { Fault } from '../domain/faults';
import { handleInterrupts } from './command';
import { familyFor, type Register } from './families';
import { failureOf } from './failure';
import { isHelp, isVersion, pathOf, reportMisuse, type Said } from './misuse';
import { printableLines } from '../domain/shown';
import { processIo, tolerateClosedPipe, write, type Io } from './output';

/*
 * How a command is added. One file a verb family in commands/, each exporting
 *
 *   export function registerOrgsCommands(program: Command, io: Io): void {
 *     const orgs = program.command('orgs').description('organizations');
 *     examples(
 *       orgs.command('show <code>').description('one organization').option('--members', 'with its people')
 *         .action(action(io, async (call) => {
 *           const { organizations } = await call.rollcall();   // heavy: only when it runs
 *           const org = await organizations.get(call.args[0] ?? '');
 *           return { document: org, text: pairs([['code', org.code], ['name', org.name]]) };
 *         })),
 *       'rollcall orgs show SALES',
 *     );
 *   }
 *
 * and a line in families.ts and in allCommands.ts. --json, --quiet, --no-input and --yes are global; a command that
 * starts or decides a run adds `waitOptions(command)` and ends with `followRun` (cli/wait.ts).
 * Nothing but commander is loaded before an action runs: the top of a command file imports light
 * modules and types only.
 */

interface ProgramOptions {
  readonly io: Io;
  readonly said: Said;
  readonly register: Register;
}

/** The whole command tree. */
export async function createProgram(io: Io, said: Said): Promise<Command> {
  const { registerAll } = await import('./allCommands.js');
  return programWith({ io, said, register: registerAll });
}

/** The tree of the commands that are registered. */
export function programWith({ io, said, register }: ProgramOptions): Command {
  const program = new Command('rollcall')
    .description('Brings people into a learning platform and keeps their records right.')
    .version(version(), '-V, --version')
    .option('--json', 'one JSON document on stdout; progress and notes on stderr')
    .option('--quiet', 'no notes and no progress')
    .option('--no-input', 'never ask a question')
    .option('--yes', 'answer yes to every question; it does not approve a run on hold')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError(true)
    .configureOutput({
      // `main` prints both, so that wrong usage has one form for all faults.
      writeOut: (text) => {
        said.out += text;
      },
      writeErr: (text) => {
        said.err += text;
      },
    })
    .hook('preAction', (_, chosen) => {
      said.command = chosen;
    })
    .helpCommand('help [command]', 'help for a command')
    .addHelpText('after', EXAMPLES);
  register(program, io);
  reportMisuse(program, said);
  return program;
}

const EXAMPLES = `
A run is one import, sync, bulk change or undo. Its plan says what it changes; a dry run stops there.
A gate is a limit on a plan: a run over it is on hold until you approve or reject it.

Examples:
  $ rollcall up --detach
  $ rollcall import staff.csv --dry-run
  $ rollcall runs apply 0192f0c1

Exit codes: ${EXIT_WORDS.slice(0, 4).join(', ')},
${EXIT_WORDS.slice(4).join(', ')}.
`;

function version(): string {
  // dist/cli/main.js, or cli/main.ts under a test
  for (const up of ['..', '../..']) {
    try {
      const text = readFileSync(join(__dirname, up, 'package.json'), 'utf8');
      const parsed: unknown = JSON.parse(text);
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) {
        return String(parsed.version);
      }
    } catch {
      // not found: one folder up
    }
  }
  return '0';
}

/** `help runs approve` means `runs approve --help`; commander's own `help` goes one word deep. */
function helpAsked(argv: readonly string[]): string[] {
  const [first, ...words] = argv;
  return first === 'help' && words.length > 1 ? [...words, '--help'] : [...argv];
}

/** Runs one command line and returns its exit code; prints every fault once. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await attempt(argv, io);
  } catch (error) {
    // Its output, or its fault, could not be printed.
    const { exit, text } = failureOf(error, { debug: false, help: 'rollcall --help' });
    await write(io.stderr, asCalled(text, io.program)).catch(() => false);
    return exit;
  }
}

async function attempt(argv: readonly string[], io: Io): Promise<number> {
  const end = argv.indexOf('--');
  const json = (end < 0 ? argv : argv.slice(0, end)).includes('--json');
  const said: Said = { out: '', err: '', command: undefined };
  io.outcome.exit = 0;
  try {
    const words = helpAsked(argv);
    const family = familyFor(words);
    const program =
      family === undefined
        ? await createProgram(io, said)
        : programWith({ io, said, register: await family.load() });
    await program.parseAsync(words, { from: 'user' });
    return io.outcome.exit;
  } catch (error) {
    if (isVersion(error) && json) {
      await write(io.stdout, jsonText({ version: version() }, io.program));
      return 0;
    }
    if (isHelp(error)) {
      await write(io.stdout, asCalled(said.out, io.program));
      return 0;
    }
    if (error instanceof Fault && error.code === 'output_failed') throw error;
    const failure = failureOf(error, {
      debug: io.env['ROLLCALL_LOG_LEVEL'] === 'debug',
      help: `${said.command === undefined ? 'rollcall' : pathOf(said.command)} --help`,
    });
    const printed = json && (await write(io.stdout, jsonText(failure.document, io.program)));
    if (!printed || failure.text.includes('\n    at ')) {
      // A group of commands without one shows its help first.
      const shown = said.err.startsWith('Usage:') ? `${said.err}\n` : '';
      await write(
        io.stderr,
        printableLines(asCalled(`${json ? '' : shown}${failure.text}`, io.program)),
      );
    }
    return failure.exit;
  }
}

/** The real process: runs its command line, then ends it. */
export async function start(): Promise<void> {
  const io = processIo();
  tolerateClosedPipe(io.stdout);
  tolerateClosedPipe(io.stderr);
  handleInterrupts(io.program);
  const exit = await main(process.argv.slice(2), io);
  await write(io.stdout, '');
  process.exit(exit);
}
