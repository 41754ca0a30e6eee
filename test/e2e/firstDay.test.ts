import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../embedded/paths';
import { asCalled } from '../../wording/called';
import { NO_TOKEN, TestStack } from '../support/stack';

/*
 * Runs docs/first-day.md from top to bottom on one stack and compares what each command prints.
 * ROLLCALL_RECORD=1 writes the outputs into the page. `RUN-n` in a page that is recorded for the first
 * time is the n-th run that was printed, `RUN-LAST` the last one.
 */
const PAGE = join(projectRoot(), 'docs', 'first-day.md');
const BLOCK = /^```console\n([^]*?)^```$/gm;
const PORT = '8787';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-first-day-'));
const env: Record<string, string> = {
  ROLLCALL_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
  HR_TOKEN: 't-2026',
};
const stack = new TestStack(env);
const hr: { port: string; process?: ChildProcess } = { port: PORT };

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

beforeAll(async () => {
  hr.port = await freePort();
  const system = join(projectRoot(), 'docs', 'first-day', 'hr.mjs');
  hr.process = spawn(process.execPath, [system, hr.port], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.all([
    stack.up(),
    new Promise((resolve) => hr.process?.stdout?.once('data', resolve)),
  ]);
}, 120_000);
afterAll(async () => {
  hr.process?.kill();
  await stack.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** Ids as the page shows them, in the order in which they were printed first. */
class Ids {
  readonly #shown = new Map<string, string>();
  readonly runs: string[] = [];

  /** What was printed, as the page shows it. */
  masked(text: string): string {
    for (const [, run = ''] of text.matchAll(/^run ([0-9a-f-]{36}) /gm)) {
      if (!this.runs.includes(run)) this.runs.push(run);
    }
    const whole = text.replace(UUID, (id) => this.#pageId(id));
    return [...this.#shown].reduce(
      (shown, [id, page]) => shown.replaceAll(id.slice(0, 13), page.slice(0, 13)),
      whole,
    );
  }

  /** A command of the page with the ids of this stack. */
  real(command: string): string {
    const named = command
      .replaceAll('RUN-LAST', this.runs.at(-1) ?? '')
      .replace(/RUN-(\d+)/g, (_, n: string) => this.runs[Number(n) - 1] ?? '');
    return [...this.#shown].reduce((text, [id, page]) => text.replaceAll(page, id), named);
  }

  #pageId(id: string): string {
    const known = this.#shown.get(id);
    if (known !== undefined) return known;
    const n = String(this.#shown.size + 1).padStart(3, '0');
    const page = `01a2f${n}-0000-7000-8000-000000000${n}`;
    this.#shown.set(id, page);
    return page;
  }
}
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Times, secrets, folders and ports are other ones each time. */
function steady(text: string): string {
  return text
    .replaceAll(`${folder}/`, '')
    .replaceAll(hr.port, PORT)
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?/g, '2026-11-30 09:00')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-11-30T09:00:00.000Z')
    .replace(/\(\d\d:\d\d UTC\)/g, '(01:00 UTC)')
    .replace(/sha256 [0-9a-f]{64}/g, 'sha256 5c1f…')
    .replace(/whsec_[\w+/=]+/g, 'whsec_…')
    .replaceAll('\uFEFF', '')
    .replace(/ +$/gm, '');
}

/** The words of a command line, as a shell takes them apart. */
function wordsOf(command: string): string[] {
  const found = command.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g);
  return [...found].map(([word]) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

const path = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(path(name), 'utf8');

/** Runs one command of the page; a few of the shell are played. */
async function runs(command: string, input: string): Promise<string> {
  const [program = '', ...args] = wordsOf(command);
  switch (program) {
    case 'cat': {
      const [first = '', target = ''] = args;
      if (first !== '>') return read(first);
      writeFileSync(path(target), input);
      return '';
    }
    case 'grep': {
      const [, word = '', from = '', , to = ''] = args;
      const kept = read(from)
        .split('\n')
        .filter((line) => !line.includes(word));
      writeFileSync(path(to), kept.join('\n'));
      return '';
    }
    case 'sed': {
      const [, script = '', file = ''] = args;
      const [, old = '', next = ''] = script.split('/');
      writeFileSync(path(file), read(file).replace(old, next));
      return '';
    }
    case 'export':
      expect(args).toEqual([`HR_TOKEN=${env['HR_TOKEN'] ?? ''}`]);
      return '';
    case 'curl': {
      const answer = await fetch((args.at(-1) ?? '').replace(PORT, hr.port), { method: 'POST' });
      return `${await answer.text()}\n`;
    }
    case 'npx': {
      const given = args.slice(1).map((arg) => {
        const local = /^[\w-]+\.(?:csv|json)$/.test(arg) ? path(arg) : arg;
        return local.replace(`:${PORT}`, `:${hr.port}`);
      });
      const { stdout, stderr } = await stack.run(...given);
      // The notes of a run come while it goes on, its report at its end.
      return `${stderr.replace(NO_TOKEN, '')}${stdout}`;
    }
    default:
      throw new Error(`the page has a command that this test cannot run: ${command}`);
  }
}

/** The commands of a block, each with what stands below it. */
function* commandsOf(block: string): Generator<{ command: string; input: string; said: string }> {
  for (const part of block.split(/^(?=\$ )/m)) {
    const [first = '', ...rest] = part.split('\n');
    const command = first.slice(2);
    if (!command.includes("<<'END'")) {
      yield { command, input: '', said: rest.join('\n') };
      continue;
    }
    const end = rest.indexOf('END');
    const input = `${rest.slice(0, end).join('\n')}\n`;
    yield { command, input, said: rest.slice(end + 1).join('\n') };
  }
}

test('docs/first-day.md is what happens, from top to bottom (ROLLCALL_RECORD=1 writes the outputs)', async () => {
  const page = readFileSync(PAGE, 'utf8');
  const ids = new Ids();
  const played: string[] = [];
  const differing: { command: string; expected: string; printed: string }[] = [];

  for (const [, block = ''] of page.matchAll(BLOCK)) {
    let now = '';
    for (const { command, input, said } of commandsOf(block)) {
      const real = ids.real(command);
      const printed = steady(ids.masked(asCalled(await runs(real, input), 'npx rollcall')));
      const shown = ids.masked(real);
      if (printed !== said) differing.push({ command: shown, expected: said, printed });
      now += `$ ${shown}\n${input === '' ? '' : `${input}END\n`}${printed}`;
    }
    played.push(now);
  }
  if (process.env['ROLLCALL_RECORD'] === '1') {
    writeFileSync(
      PAGE,
      page.replace(BLOCK, () => `\`\`\`console\n${played.shift() ?? ''}\`\`\``),
    );
    return;
  }

  expect(differing).toEqual([]);
}, 120_000);
