import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCountingServer, type CountingServer } from '../../../company/smtp/server';
import type { SmtpFault, SmtpMoment } from '../../../company/smtp/faults';
import { superuserUrl } from '../../../embedded/services';
import { ask } from '../../e2e/client';
import { gmail } from '../letters/bounceForms';
import { eventually, type Ended, type TestStack } from '../stack';
import type { Canaries } from './canary';

type Word = Canaries['word'];

/** A mail server whose every reply quotes people, and which refuses, defers and loses some letters. */
export async function chattyServer(w: Word): Promise<CountingServer> {
  const says = (line: string): SmtpFault => ({ kind: 'reply', line });
  const quoted = (code: string, to: string): SmtpFault => says(`${code} <${to}>: ${w('reply')}`);
  return openCountingServer({
    mood: ({ stage, recipient: to }: SmtpMoment) => {
      if (stage === 'greeting') return says(`220 ${w('reply')} ESMTP`);
      if (stage === 'mail') return says(`250 2.1.0 ${w('reply')}`);
      if (stage === 'rcpt') {
        if (to.includes('unknown')) return quoted('550 5.1.1', to);
        return quoted(to.includes('later') ? '450 4.2.1' : '250 2.1.5', to);
      }
      if (stage === 'dot') {
        if (to.includes('lost')) return { kind: 'drop', taken: true };
        return to.includes('content') ? quoted('554 5.6.0', to) : quoted('250 2.0.0', to);
      }
      return null;
    },
  });
}

const PEOPLE = [
  'good',
  'good',
  'good',
  'unknown',
  'later',
  'content',
  'lost',
  'suppressed',
] as const;

/** What became of the letters, for the test to hold against what was to come. */
export interface LettersSent {
  /** Exit codes of all commands, by what they do. */
  readonly exits: Readonly<Record<string, number | null>>;
  /** How many deliveries of the campaign are in each state. */
  readonly states: Readonly<Record<string, number>>;
  readonly campaignId: string;
  /** The code for which the second campaign was paused. */
  readonly trouble: string | null;
}

/**
 * Letters, an announcement and a bounce whose every name, address, subject, text, value and reason is a canary,
 * by a mail server that quotes people, and once amid a database that does.
 */
export async function sendLetters(o: {
  readonly stack: TestStack;
  readonly url: string;
  readonly mail: CountingServer;
  readonly folder: string;
  readonly w: Word;
}): Promise<LettersSent> {
  const { stack, url, mail, w } = o;
  const exits: Record<string, number | null> = {};
  const run = async (what: string, ...args: readonly string[]): Promise<Ended> => {
    const done = await stack.run(...args);
    exits[what] = done.exit;
    return done;
  };
  const because = (): string[] => ['--reason', w('reason')];
  const [department, name, value] = [w('dept'), w('letter'), w('value')];
  const addresses = PEOPLE.map((kind) => `${w(kind)}@${w('host')}.example`);
  await addPeople(url, { addresses, department, w });
  const filter = ['--filter', `department eq "${department}"`];

  await run('suppress', 'suppressions', 'add', addresses.at(-1) ?? '', '--note', w('note'));
  await run(
    'create',
    ...['letters', 'create', '--name', name, '--subject', `${w('subject')} {{ user.firstName }}`],
    ...['--text', `${w('text')} {{ user.lastName }} {{ values.${value} }}`],
    ...['--html', `<p>${w('html')} {{ user.department }}</p>`, '--category', 'optional'],
    ...['--variable', `values.${value}=${w('default')}`],
  );
  await run('preview', 'letters', 'preview', name, addresses[0] ?? '');
  await run('test', 'letters', 'test', name, '--to', `${w('test')}@x.example`);
  const sent = await run(
    'send',
    ...['letters', 'send', name, ...filter, '--value', `${value}=${w('given')}`, '--expect', '8'],
    ...['--detach', '--json'],
  );
  const campaignId = campaignOf(sent);
  await settled(url, campaignId);
  await run('pause', 'campaigns', 'pause', campaignId, ...because());
  await run('resume', 'campaigns', 'resume', campaignId, '--yes', '--detach', ...because());
  await run(
    'resolve',
    'campaigns',
    'resolve',
    campaignId,
    '--user',
    addresses[6] ?? '',
    '--as',
    'accepted',
  );
  const path = join(o.folder, `${w('file')}.eml`);
  writeFileSync(path, bounceOf(mail, addresses[0] ?? '', w));
  await run('bounce', 'bounces', 'import', path);
  await run('cancel', 'campaigns', 'cancel', campaignId, ...because());
  await run(
    'announce',
    ...['announcements', 'send', '--title', w('title'), '--text', w('text'), addresses[1] ?? ''],
    ...['--link', `https://${w('link')}.example`, '--also-mail', '--expect', '1'],
  );

  const trouble = await amidBrokenDatabase(o, async () => {
    const { stdout, exit } = await stack.run(
      ...['letters', 'send', '--custom', '--subject', w('subject'), '--text', w('text')],
      ...[addresses[2] ?? '', '--expect', '1', '--json'],
    );
    exits['broken'] = exit;
    return campaignOf({ stdout });
  });
  return { exits, states: await statesOf(url, campaignId), campaignId, trouble };
}

async function addPeople(
  url: string,
  o: { readonly addresses: readonly string[]; readonly department: string; readonly w: Word },
): Promise<void> {
  const { w, department } = o;
  const rows = o.addresses.map(
    (email) =>
      `(gen_random_uuid(), '${w('code')}', '${email}', '${email}', '${w('first')}', '${w('last')}', '${department}')`,
  );
  await ask(
    url,
    `insert into "user" (id, code, email, email_key, first_name, last_name, department)
     values ${rows.join(', ')}`,
  );
}

function campaignOf({ stdout }: Pick<Ended, 'stdout'>): string {
  return String(JSON.parse(stdout).campaignId);
}

/** Waits until each letter met the mail server: some of them are to be tried again in minutes. */
async function settled(url: string, campaignId: string): Promise<void> {
  await eventually(async () => {
    const rows = await ask<{ open: number }>(
      url,
      `select count(*)::int as open from delivery where campaign_id = '${campaignId}'
         and (state = 'claimed' or state = 'planned' and next_at is null)`,
    );
    return rows[0]?.open === 0 ? true : undefined;
  });
}

async function statesOf(url: string, campaignId: string): Promise<Record<string, number>> {
  const rows = await ask<{ state: string; n: number }>(
    url,
    `select state::text as state, count(*)::int as n from delivery
     where campaign_id = '${campaignId}' group by 1`,
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

/** What a mail server sends back of the letter to an address. */
function bounceOf(mail: CountingServer, address: string, w: Word): string {
  const raw = mail.messages.find(({ to }) => to === address)?.raw ?? '';
  const messageId = /^Message-ID:\s*(<[^>]+>)/im.exec(raw)?.[1] ?? '';
  const reply = `550 5.1.1 <${address}>: ${w('bounce')}`;
  return gmail({ address, messageId, status: '5.1.1', reply });
}

/** The database fails with an address in every part of its message while a campaign is begun. Returns its trouble. */
async function amidBrokenDatabase(
  { stack, url }: { readonly stack: TestStack; readonly url: string },
  send: () => Promise<string>,
): Promise<string | null> {
  const admin = superuserUrl(stack.data);
  await ask(
    admin,
    `create function break_deliveries() returns trigger language plpgsql as $$
     begin
       raise exception E'cannot write (%)\\n    at % (%:1:1)', new.address, new.address, new.address
         using errcode = 'internal_error', detail = format('Key (address)=(%s)', new.address),
         hint = new.address, schema = new.address;
     end $$;
     create trigger break_deliveries before update on delivery for each row
       when (new.state = 'claimed') execute function break_deliveries()`,
  );
  const campaignId = await send();
  const rows = await ask<{ code: string | null }>(
    url,
    `select trouble ->> 'code' as code from campaign where id = '${campaignId}'`,
  );
  await ask(admin, 'drop function break_deliveries cascade');
  return rows[0]?.code ?? null;
}
