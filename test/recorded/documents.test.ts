import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tinyHr } from '../support/fakes/tinyHr';
import { reworded } from '../support/reworded';
import { alerts } from './families/alerts';
import { decisions } from './families/decisions';
import { files } from './families/files';
import { imports } from './families/imports';
import { reports } from './families/reports';
import { sources } from './families/sources';
import { usage } from './families/usage';
import { users } from './families/users';
import { Theatre } from './stage';

/*
 * What programs read stays as it was: the documents of the command line with their exit codes, the files
 * that it writes, the bodies of webhooks and mails. The records in `documents/` were made by an older
 * build (commit 288e85f). What reads otherwise on purpose stands in test/support/reworded.ts.
 *
 * To record with another build (of which `bin/rollcall.js` runs):
 *
 *   ROLLCALL_RECORD_WITH=/path/of/its/clone npx jest test/recorded/documents.test.ts
 */
const other = process.env['ROLLCALL_RECORD_WITH'];
const FOLDER = join(__dirname, 'documents');

const theatre = new Theatre(
  other === undefined ? { kind: 'this' } : { kind: 'other', root: other },
  tinyHr(),
);

beforeAll(() => theatre.open(), 120_000);
afterAll(() => theatre.close(), 60_000);

// In this order: each family finds what those before it left in the store.
test.each([
  ['usage', usage],
  ['files', files],
  ['imports', imports],
  ['decisions', decisions],
  ['reports', reports],
  ['users', users],
  ['sources', sources],
  ['alerts', alerts],
])(
  'documents and exit codes are those that were recorded: %s',
  async (name, family) => {
    const file = join(FOLDER, `${name}.txt`);

    const said = await theatre.play(family);

    if (other !== undefined) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, said);
    }
    expect(existsSync(file)).toBe(true);
    expect(asKnownThen(said)).toBe(reworded(withoutLists(readFileSync(file, 'utf8'))));
  },
  other === undefined ? 60_000 : 300_000,
);

const LAST_MIGRATION = '20261126000000_retention';

/**
 * Without what came after the records were made: migrations in `db status`, the columns `count` and
 * `lines` at the end of the messages in CSV, which these records have for single rows alone, and the
 * key `renumbered` of a run that has no such people, exit code 4 of a sync behind a run on hold, the installation, the connection and the ownership of `db status`. A list had nothing to show then.
 */
function asKnownThen(said: string): string {
  return withoutLists(said)
    .replace(/^exit 4(?=\n\{\n {2}"error": \{\n {4}"code": "blocked_by_held_run")/gm, 'exit 1')
    .replace(/,\n +"renumbered": 0(?=\n)/g, '')
    .replace(/^ {2}"connection": \{\n(?: {4}.*\n)*? {2}\},\n/gm, '')
    .replace(/^ {2}"ownership": \{\n(?: {4}.*\n)*? {2}\},\n/gm, '')
    .replace(/^ {2}"installation": \{\n(?: {4}.*\n)*? {2}\},\n/gm, '')
    .replace(/,\n +"(\d{14}_\w+)"/g, (line, name: string) => (name > LAST_MIGRATION ? '' : line))
    .replace(
      /^(\ufeff?line,column,code,message),count,lines\n((?:.+\n)*)/gm,
      (_, header: string, rows: string) => `${header}\n${rows.replace(/,1,\d*$/gm, '')}`,
    );
}

/** Without `sources show` of a list, which was refused when the records were made. */
function withoutLists(text: string): string {
  return text.replace(/^\$ rollcall sources show payroll\n(?:(?!\$ ).*\n?)*/m, '');
}
