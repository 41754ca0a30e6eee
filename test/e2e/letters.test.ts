import { countingServers } from '../support/smtp';
import { TestStack } from '../support/stack';
import { ask, printJson } from './client';

const server = countingServers();

test('each of 200 people gets a letter once, and the one that the server refuses is shown', async () => {
  const mail = await server({
    mood: ({ stage, recipient }) =>
      stage === 'rcpt' && recipient === 'p7@example.org'
        ? { kind: 'reply', line: '550 5.1.1 No such user' }
        : null,
  });
  const stack = new TestStack({
    ROLLCALL_SMTP_URL: mail.url,
    ROLLCALL_MAIL_FROM: 'Learning <learning@example.com>',
  });
  try {
    const { databaseUrl } = await stack.up();
    await ask(
      databaseUrl ?? '',
      `insert into "user" (id, code, email, email_key, first_name, status, properties, sticky)
       select gen_random_uuid(), 'P' || g, 'p' || g || '@example.org', 'p' || g || '@example.org',
         'Ann ' || g, 'active', '{}', '{}' from generate_series(1, 200) g`,
    );
    const send = ['letters', 'send', '--custom', '--subject', 'Dear {{ user.firstName }}'];
    const to = ['--text', 'Hello', '--filter', 'code sw "P"', '--expect', '200'];

    const sent = await printJson(stack, ...send, ...to);
    const again = await printJson(stack, ...send, ...to);
    const id = String(sent.document['campaignId']);
    const failed = await printJson(stack, 'campaigns', 'recipients', id, '--state', 'failed');

    expect(sent).toMatchObject({
      exit: 3,
      document: {
        state: 'done',
        counts: { accepted: 199, failed: 1, planned: 0, unknown: 0 },
      },
    });
    expect([...mail.counts().values()].every((n) => n === 1)).toBe(true);
    expect(mail.counts().size).toBe(199);
    expect(again).toMatchObject({ exit: 1, document: { error: { code: 'sent_recently' } } });
    expect(failed.document).toMatchObject({
      recipients: [{ code: 'P7', state: 'failed', smtpCode: 550, enhanced: '5.1.1' }],
    });
  } finally {
    await stack.remove();
  }
}, 180_000);
