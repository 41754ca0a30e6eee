import type { Stage } from '../stage';

/** What goes out by webhook and mail. */
export async function alerts(at: Stage): Promise<void> {
  const hook = await at.run(['alerts', 'add', '--webhook', at.hook.url]);
  const mail = await at.run(['alerts', 'add', '--email', 'ops@example.org']);
  await at.run(['alerts', 'list']);
  await at.run(['alerts', 'test', hook.id]);
  await at.run(['alerts', 'test', mail.id]);
  await sent(at, 1);

  const gate = ['--gate', 'creations=1', '--reason', 'a trial'];
  const held = at.file('alert-held.csv', 'code,first name\nA1,Ada\nA2,Grace\n');
  const run = await at.run(['import', held, ...gate]);
  await sent(at, 2);
  await at.run(['runs', 'reject', run.runId]);

  const conflicts = at.file('alert-conflicts.csv', 'code,email\nA9,e4@example.org\n');
  await at.run(['import', conflicts]);
  await sent(at, 3);

  const add = ['sources', 'add', 'bamboohr', '--name', 'broken', '--config', 'company=acme'];
  await at.run([...add, '--secret', 'apiKey=-', '--base-url', at.hr.baseUrl], 'not-the-key');
  await at.run(['sources', 'sync', 'broken']);
  await sent(at, 4);

  at.hook.statuses = [500];
  await at.run(['alerts', 'test', hook.id]);
  await at.run(['alerts', 'list']);
  await at.run(['alerts', 'remove', hook.id]);
  await at.run(['alerts', 'remove', mail.id]);
}

/** Waits until this many alerts have reached both receivers, and records the last one of each. */
async function sent(at: Stage, times: number): Promise<void> {
  const { body, text } = await at.eventually(() => {
    const [request, letter] = [at.hook.received[times - 1], at.mail.mails[times - 1]];
    if (request === undefined || letter === undefined) return undefined;
    return { body: request.body, text: letter.text };
  });
  at.note('webhook', body);
  at.note('mail', text);
}
