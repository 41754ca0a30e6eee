import { countingServers } from '../support/smtp';
import { TestStack } from '../support/stack';
import { ask } from './client';

const server = countingServers();

interface Campaign {
  readonly campaignId: string;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}

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
    const to = ['--text', 'Hello', '--filter', 'code sw "P"', '--expect', '200', '--json'];

    const sent = await stack.run(...send, ...to);
    const again = await stack.run(...send, ...to);
    const { campaignId, state, counts } = JSON.parse(sent.stdout) as Campaign;
    const failed = await stack.run(
      'campaigns',
      'recipients',
      campaignId,
      '--state',
      'failed',
      '--json',
    );

    expect({ exit: sent.exit, state, counts }).toMatchObject({
      exit: 3,
      state: 'done',
      counts: { accepted: 199, failed: 1, planned: 0, unknown: 0 },
    });
    expect([...mail.counts().values()].every((n) => n === 1)).toBe(true);
    expect(mail.counts().size).toBe(199);
    expect(again.exit).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'sent_recently' } });
    expect(JSON.parse(failed.stdout)).toMatchObject({
      recipients: [{ code: 'P7', state: 'failed', smtpCode: 550, enhanced: '5.1.1' }],
    });
  } finally {
    await stack.remove();
  }
}, 180_000);
