/** Packages that a few commands need. Each takes some time to load, and a command's start is waited for. */
const OF_FEW = [
  ...['csv-parse', 'iconv-lite', 'liquidjs', 'mailparser', 'markdown-it', 'nodemailer'],
  ...['nodemailer/lib/dkim', 'nodemailer/lib/mail-composer', '@temporalio/client'],
];
/** What commands load once they run. */
const OF_RUNNING = ['zod', 'pg', '@prisma/adapter-pg', 'axios', 'cli-progress'];

async function loadedBy(
  names: readonly string[],
  load: () => Promise<unknown>,
): Promise<readonly string[]> {
  const loaded: string[] = [];
  jest.resetModules();
  for (const name of names) {
    jest.doMock(name, () => {
      loaded.push(name);
      return jest.requireActual<object>(name);
    });
  }
  await load();
  return loaded;
}

test('the tree of commands, for a help text, loads nothing heavy', async () => {
  const loaded = await loadedBy([...OF_FEW, ...OF_RUNNING], () => import('../../cli/program.js'));

  expect(loaded).toEqual([]);
});

test('a command that reads the store loads nothing that only letters, files or Temporal need', async () => {
  const loaded = await loadedBy(OF_FEW, () => import('../../client/rollcall.js'));

  expect(loaded).toEqual([]);
});
