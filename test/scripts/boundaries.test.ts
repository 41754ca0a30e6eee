import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../embedded/paths';

const root = projectRoot();
const load = createRequire(__filename);
const { FOLDERS } = load(join(root, 'scripts/lib/boundaries.cjs')) as { FOLDERS: string[] };
const { withTable } = load(join(root, 'scripts/lib/importTable.cjs')) as {
  withTable: (page: string) => string;
};

/** The files of the project, by the folder that they lie flat in. */
function filesByFolder(): Map<string, string[]> {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).trim().split('\n');
  // A file in conflict is listed once for each side.
  const files = new Set(listed);
  const byFolder = new Map<string, string[]>();
  for (const file of files) {
    const folder = dirname(file);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), file]);
  }
  return byFolder;
}

test('the import table in the documentation is the one that is checked (ROLLCALL_RECORD=1 writes it)', () => {
  const file = join(root, 'docs/ARCHITECTURE.md');
  if (process.env['ROLLCALL_RECORD'] === '1') {
    writeFileSync(file, withTable(readFileSync(file, 'utf8')));
  }

  const page = readFileSync(file, 'utf8');
  expect(page).toBe(withTable(page));
});

test('every folder of TypeScript stands in the import table', () => {
  const folders = [...filesByFolder()]
    .filter(([, files]) => files.some((file) => file.endsWith('.ts')))
    .map(([folder]) => folder.split('/')[0]);

  expect(folders).toContain('domain');
  expect(folders.filter((folder) => folder === undefined || !FOLDERS.includes(folder))).toEqual([]);
});

test('no folder has more than twenty files lying flat', () => {
  const sizes = [...filesByFolder()].map(([folder, files]) => [folder, files.length] as const);

  expect(sizes.length).toBeGreaterThan(FOLDERS.length);
  expect(sizes.filter(([, size]) => size > 20)).toEqual([]);
});
