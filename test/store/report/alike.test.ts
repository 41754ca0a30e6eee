import { wordedMessages } from '../../../client/words';
import { messages } from '../../../store/report/messages';
import type { RunMessage } from '../../../domain/runs/runDocument';
import { emptyStore } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { runDocument } from '../../support/runs/documents';
import { importFile } from '../../support/runs/fileRun';
import { addReferences } from '../../support/oracle/worlds';

const store = testDatabase();

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

const rows = (n: number, cells: (i: number) => string, from = 0): string =>
  Array.from({ length: n }, (_, i) => `P${String(i + from)},${cells(i)}\n`).join('');

async function report(runId: string): Promise<RunMessage[]> {
  const all: RunMessage[] = [];
  for await (const { entry: _, ...message } of wordedMessages(messages(store.db, { runId }))) {
    all.push(message);
  }
  return all;
}

test('equal faults are one message with their number and the first lines; other words have their own', async () => {
  const text = `code,Status\n${rows(24, () => 'Terminated')}${rows(2, () => '"On ""Leave"""', 24)}P26,active\nP27,A\n`;

  const { runId, counts, messages: shown, messageCount } = await importFile(store.db, { text });

  expect(counts).toMatchObject({ created: 1, error: 27 });
  expect(messageCount).toBe(27);
  expect(shown).toEqual([
    {
      line: 2,
      column: 'Status',
      code: 'unknown_status',
      message:
        '24 rows (lines 2, 3, 4, 5, 6 and 19 more): "Terminated" is neither active nor inactive: ' +
        'write one of them, or map all unknown words of this file, ' +
        `--map 'status:"Terminated"=MEANING,status:"On ""Leave"""=MEANING,status:"A"=MEANING' ` +
        'with active or inactive for each MEANING.',
      count: 24,
      lines: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    },
    {
      line: 26,
      column: 'Status',
      code: 'unknown_status',
      message:
        '2 rows (lines 26, 27): "On \\"Leave\\"" is neither active nor inactive: write one of them, or ' +
        'give it a meaning in the --map of the first such message.',
      count: 2,
      lines: [26, 27],
    },
    {
      line: 29,
      column: 'Status',
      code: 'unknown_status',
      message:
        '"A" is neither active nor inactive: write one of them, or give it a meaning in the --map of the ' +
        'first such message.',
    },
  ]);
  expect(await report(runId)).toEqual(shown);
});

test('the one map of a message, with its meanings, lets all rows through', async () => {
  const text = `code,status\n${rows(3, () => 'Gone')}${rows(3, () => 'On leave', 3)}`;
  const values = { status: { Gone: 'inactive', 'On leave': 'active' } };

  const { counts } = await importFile(store.db, { text, options: { values } });

  expect(counts).toMatchObject({ created: 6, error: 0 });
});

test('an organization that does not exist is said once for all its rows', async () => {
  const text = `code,organization,email\n${rows(30, (i) => `East Side,p${String(i)}@x.example`)}`;

  const { messages: shown } = await importFile(store.db, { text });

  expect(shown).toHaveLength(1);
  expect(shown[0]).toMatchObject({ code: 'unknown_organization', count: 30, line: 2 });
  expect(shown[0]?.message).toContain("rollcall orgs create 'East Side' --name 'East Side'");
});

test('faults that differ in column or value stay apart, in the order of their lines', async () => {
  const text = 'code,email,hire_date\n1,x,1.1.20\n2,y,1.1.20\n3,x,\n4,,x\n';

  const { runId } = await importFile(store.db, { text });

  expect((await report(runId)).map(({ line, column, lines }) => [line, column, lines])).toEqual([
    [2, 'email', [2, 4]],
    [2, 'hire_date', [2, 3]],
    [3, 'email', undefined],
    [5, 'hire_date', undefined],
  ]);
});

test('the first messages are those of the complete report, with their counts', async () => {
  const bad =
    rows(40, (i) => `bad${String(i)},active`) +
    rows(40, (i) => `bad${String(i)},s${String(i % 30)}`);
  const { runId, messages: first } = await importFile(store.db, {
    text: `code,email,status\n${bad}`,
  });

  const all = await report(runId);

  expect(all).toHaveLength(70);
  expect(first).toMatchObject(all.slice(0, 24));
});

test('a report of more messages than one fetch has is complete, and leaves no cursor behind', async () => {
  const text = `code,email\n${rows(4_500, (i) => `bad${String(i)}`)}`;
  const { runId } = await importFile(store.db, { text });

  const all = await report(runId);
  const [first] = await report(runId);
  const { messages: shown } = await runDocument(store.db, runId);

  expect(all).toHaveLength(4_500);
  expect(all.map(({ line }) => line)).toEqual(all.map((_, i) => i + 2));
  expect(shown).toEqual(all.slice(0, 24));
  expect(first).toEqual(all[0]);
});
