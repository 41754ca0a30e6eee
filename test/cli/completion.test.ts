import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processIo } from '../../cli/output';
import { createProgram } from '../../cli/program';
import { offeredBy } from '../../cli/completion/tree';
import { SHELLS, type Shell } from '../../cli/completion/scripts';
import { PAGE_TYPES } from '../../connectors/declaration/pages';
import { rollcall } from './harness';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-completion-'));
const scripts = new Map<Shell, string>();

beforeAll(async () => {
  writeFileSync(join(folder, 'staff.csv'), '');
  for (const shell of SHELLS) {
    const file = join(folder, shell);
    writeFileSync(file, (await rollcall(['completion', shell])).out);
    scripts.set(shell, file);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What a shell offers for the last of these words. */
const ASK = {
  bash: (words) => `
    source "$SCRIPT"
    compopt() { [[ $2 == default ]] && echo FILES; [[ $2 == dirnames ]] && echo FOLDERS; return 0; }
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${String(words.length - 1)}
    _rollcall; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (words) => `
    source "$SCRIPT"
    compadd() { shift; print -l -- $@ }
    _describe() { local one; for one in \${(P)2}; do print -- \${one%%:*}; done }
    _files() { [[ $1 == -/ ]] && print FOLDERS || print FILES }
    words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${String(words.length)}
    _rollcall`,
  fish: (words) => `
    source $SCRIPT
    cd ${folder}
    complete -C '${words.join(' ')}' | string replace -r '\\t.*' ''`,
} as const satisfies Record<Shell, (words: readonly string[]) => string>;

function offered(shell: Shell, line: string): string[] {
  const args = { bash: ['--norc', '-c'], zsh: ['-f', '-c'], fish: ['--no-config', '-c'] }[shell];
  const ran = spawnSync(shell, [...args, ASK[shell](line.split(' '))], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', HOME: folder, SCRIPT: scripts.get(shell) ?? '' },
  });
  expect(ran.stderr).toBe('');
  return ran.stdout.split('\n').filter((word) => word !== '');
}

const isInstalled = (shell: Shell): boolean =>
  spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0;

for (const shell of SHELLS) {
  const installed = isInstalled(shell);
  const there = installed ? test : test.skip;
  const why = installed ? '' : ` (skipped: ${shell} is not installed)`;

  there(`${shell} completes commands, options, choices and files${why}`, () => {
    const top = offered(shell, 'rollcall ');
    const runs = offered(shell, 'rollcall runs ');
    const options = offered(shell, 'rollcall runs list --');
    const after = offered(shell, 'rollcall runs list --source hr --');
    const states = offered(shell, 'rollcall runs list --state ');
    const missing = offered(shell, 'rollcall import staff.csv --missing ');
    const free = offered(shell, 'rollcall runs list --source ');
    const sources = offered(shell, 'rollcall sources ');
    const files = offered(shell, 'rollcall import ');
    const given = offered(shell, 'rollcall runs diff R --csv ');

    expect(top).toEqual(expect.arrayContaining(['import', 'runs', 'todo', 'completion']));
    expect(runs).toEqual(expect.arrayContaining(['list', 'approve', 'undo']));
    expect(runs).not.toContain('import');
    expect(options).toEqual(expect.arrayContaining(['--state', '--source', '--json']));
    expect(after).toEqual(options);
    expect(states).toEqual(expect.arrayContaining(['held', 'planned', 'done']));
    expect(missing.sort()).toEqual(['deactivate', 'ignore']);
    expect(free).toEqual([]);
    expect(sources).toContain('precedence');
    expect(sources).not.toContain('mastering');
    const file = shell === 'fish' ? 'staff.csv' : 'FILES';
    expect(files).toEqual(expect.arrayContaining(['columns', file]));
    expect(given).toContain(file);
    if (shell !== 'fish') {
      expect(offered(shell, 'npx rollcall runs ').sort()).toEqual(runs.sort());
      expect(offered(shell, 'npx other ')).toEqual(['FILES']);
    }
  });
}

test('every command and option that help shows is offered, and no hidden one', async () => {
  const program = await createProgram(processIo(), { out: '', err: '', command: undefined });
  const paths = offeredBy(program).map(({ path }) => path.join(' '));

  expect(paths).toEqual(expect.arrayContaining(['', 'up', 'runs diff', 'sources schedule']));
  expect(paths).not.toContain('sources mastering');
  expect(new Set(paths).size).toBe(paths.length);
});

test('the kinds of paging that are offered are those of a connection file', async () => {
  const program = await createProgram(processIo(), { out: '', err: '', command: undefined });
  const init = offeredBy(program).find(({ path }) => path.join(' ') === 'connectors init');
  const paging = init?.options.find(({ flags }) => flags.includes('--paging'));

  expect(paging?.takes).toEqual({ kind: 'choices', choices: PAGE_TYPES });
});

test('another shell is refused', async () => {
  expect(await rollcall(['completion', 'tcsh'])).toMatchObject({ exit: 2, out: '' });
});
