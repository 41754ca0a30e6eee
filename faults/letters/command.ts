import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Parts } from '../parts';
import { Rig } from '../rig';
import { MailServer } from './mailServer';
import { play, type Played } from './play';
import { REAL_SERVER_NAMES, REAL_SERVERS, RealServer, type RealServerName } from './realServers';
import { playThrough, type ThroughReal } from './throughReal';
import { playTwice, TWICE, TWICE_NAMES, type TwiceResult } from './twice';
import { meetTrouble, TROUBLE_NAMES, TROUBLES, type Troubled } from './troubles';

const HELP = `npm run faults -- letters [options]

Letters to thousands through a mail server that misbehaves at every stage of its dialogue, while the worker,
Postgres, Temporal or all of them are killed at random instants. The mail server is a process that nobody
kills; it writes down what it took, by recipient. Each recipient's recorded outcome is held against that:
nobody may get two, nobody may be lost, and nothing may be called accepted or failed that was not.

  --trials N       campaigns (20)
  --from N         the first of them (1)
  --recipients N   people of each (10000)
  --strikes N      kills amid each (6): half of them of the worker
  --seed S         other instants and misdeeds (1)
  --minutes M      begins no further campaign after this time (9); the same command goes on, and adds up
  --again          forgets what was played before
  --control        puts back to be sent what a killed worker had claimed, as a build that claims after
                   sending would: it must show people who get two, or this campaign proves nothing
  --troubles       instead: the server as a whole is in trouble for a while, with 2000 people
  --twice          instead: two commands at once, two workers that are stopped and woken, a workflow that
                   is reset; with 2000 people
  --through A,B    instead: 1000 people through real mail servers, amid kills, and what comes back is
                   imported; of postfix, exim and opensmtpd those that are installed (needs root)
  --keep           keeps the folder of the stack
`;

/** Plays the campaigns; returns the exit code: 1 when one is wrong, 2 when some are left. */
export async function letterFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trials: { type: 'string', default: '20' },
      from: { type: 'string', default: '1' },
      recipients: { type: 'string', default: '' },
      strikes: { type: 'string', default: '6' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '9' },
      again: { type: 'boolean', default: false },
      control: { type: 'boolean', default: false },
      troubles: { type: 'boolean', default: false },
      twice: { type: 'boolean', default: false },
      through: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const usual =
    values.through !== undefined ? '1000' : values.troubles || values.twice ? '2000' : '10000';
  const given = values.recipients === '' ? usual : values.recipients;
  const recipients = whole(given, '--recipients');
  const keep = values.keep;
  if (values.through !== undefined) {
    const names = values.through === 'all' ? REAL_SERVER_NAMES : namesOf(values.through);
    return throughAll({ names, recipients, keep, seed: values.seed });
  }
  if (values.twice) {
    return withServers({ recipients, keep }, (servers) =>
      allTwice({ ...servers, recipients, seed: values.seed }),
    );
  }
  if (values.troubles) {
    return withServers({ recipients, keep }, (servers) =>
      allTroubles({ ...servers, recipients, seed: values.seed }),
    );
  }
  const [from, trials] = [whole(values.from, '--from'), whole(values.trials, '--trials')];
  const worlds = Array.from({ length: trials }, (_, i) => from + i);
  const parts = new Parts<Played>(
    values.control ? 'letters-control' : 'letters',
    whole(values.seed, '--seed'),
  );
  if (values.again) parts.forget();
  const startedAt = Date.now();
  const until = startedAt + whole(values.minutes, '--minutes') * 60_000;
  await withServers({ recipients, keep }, async (servers) => {
    for (const world of worlds.filter((one) => !parts.has(one))) {
      if (Date.now() > until) break;
      const strikes = whole(values.strikes, '--strikes');
      const { seed, control } = values;
      const played = await play({ ...servers, seed, world, recipients, strikes, control });
      parts.add(played);
      process.stderr.write(`${lineOf(played)}\n`);
    }
    return 0;
  });
  const all = parts.of(worlds);
  const left = worlds.length - all.length;
  process.stdout.write(`\n${tableOf(all)}\n\n${footOf({ ...values, startedAt, all, left })}\n`);
  if (values.control) return controlEnd(all);
  return all.some(({ wrong }) => wrong.length > 0) ? 1 : left > 0 ? 2 : 0;
}

interface Servers {
  readonly rig: Rig;
  readonly mail: MailServer;
}

/** A stack with so many people, and the mail server that it sends by. */
async function withServers(
  o: { readonly recipients: number; readonly keep: boolean },
  work: (servers: Servers) => Promise<number>,
): Promise<number> {
  const mail = await MailServer.start();
  try {
    const url = `smtp://sender:secret@127.0.0.1:${String(mail.port)}`;
    return await withPeople({ ...o, url }, (rig) => work({ rig, mail }));
  } finally {
    mail.stop();
  }
}

/** A stack with so many people that sends by this server. */
async function withPeople<T>(
  o: { readonly url: string; readonly recipients: number; readonly keep: boolean },
  work: (rig: Rig) => Promise<T>,
): Promise<T> {
  const rig = await Rig.start({
    ROLLCALL_SMTP_URL: o.url,
    ROLLCALL_MAIL_FROM: 'Academy <academy@sender.example>',
    ROLLCALL_CAMPAIGN_GATE: '1000000',
  });
  const interrupted = (): void => {
    void rig.stop({ keep: o.keep }).finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await rig.sql(
      `insert into "user" (id, code, first_name, last_name, email, email_key)
       select uuidv7(), 'P' || n, 'First ' || n, 'Last ' || n, 'p' || n || '@people.example',
         'p' || n || '@people.example' from generate_series(1, $1::int) n`,
      { values: [o.recipients] },
    );
    await rig.sql('vacuum analyze');
    return await work(rig);
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await rig.stop({ keep: o.keep });
  }
}

function namesOf(text: string): RealServerName[] {
  const given = text.split(',');
  const unknown = given.find((name) => !REAL_SERVER_NAMES.some((known) => known === name));
  if (unknown === undefined) return REAL_SERVER_NAMES.filter((name) => given.includes(name));
  throw new Error(`--through takes ${REAL_SERVER_NAMES.join(', ')} or all, not "${unknown}"`);
}

/** Exit code 1 when one is wrong, 2 when one is not installed. */
async function throughAll(o: {
  readonly names: readonly RealServerName[];
  readonly recipients: number;
  readonly keep: boolean;
  readonly seed: string;
}): Promise<number> {
  const results: ThroughReal[] = [];
  const missing = o.names.filter((name) => !RealServer.isInstalled(name));
  for (const name of o.names.filter((one) => !missing.includes(one))) {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-mail-'));
    chmodSync(folder, 0o755);
    const server = await RealServer.start(name, { folder, people: o.recipients });
    try {
      const url = `smtp://127.0.0.1:${String(server.port)}`;
      const result = await withPeople({ ...o, url }, (rig) =>
        playThrough({ ...o, rig, server, name }),
      );
      results.push(result);
      const how = result.wrong.length === 0 ? 'ok' : `WRONG ${result.wrong.slice(0, 5).join('; ')}`;
      process.stderr.write(`${name}: ${how}\n`);
    } finally {
      await server.stop();
      if (!o.keep) rmSync(folder, { recursive: true, force: true });
    }
  }
  const rows = results.map(
    ({ name, recipients, delivered, failed, bounced, unknown, wrong }) =>
      `| ${REAL_SERVERS[name].title} | ${[recipients, delivered, failed, bounced, unknown, wrong.length].join(' | ')} |`,
  );
  const head = '| through | people | got one | refused | bounced | unknown | wrong |';
  process.stdout.write(
    `\n${[head, '| --- | --: | --: | --: | --: | --: | --: |', ...rows].join('\n')}\n`,
  );
  if (missing.length > 0) {
    process.stdout.write(`not installed, or not root: ${missing.join(', ')}\n`);
  }
  return results.some(({ wrong }) => wrong.length > 0) ? 1 : missing.length > 0 ? 2 : 0;
}

async function allTwice(
  o: Servers & { readonly recipients: number; readonly seed: string },
): Promise<number> {
  const results: TwiceResult[] = [];
  for (const kind of TWICE_NAMES) {
    const result = await playTwice(kind, { ...o, rounds: TWICE[kind].rounds });
    results.push(result);
    const how = result.wrong.length === 0 ? 'ok' : `WRONG ${result.wrong.slice(0, 5).join('; ')}`;
    process.stderr.write(`${kind}: ${how}\n`);
  }
  const rows = results.map(
    ({ kind, rounds, wrong }) =>
      `| ${TWICE[kind].title} | ${String(rounds)} | ${String(wrong.length)} |`,
  );
  process.stdout.write(
    `\n${['| what | rounds | wrong |', '| --- | --: | --: |', ...rows].join('\n')}\n`,
  );
  return results.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
}

async function allTroubles(
  o: Servers & { readonly recipients: number; readonly seed: string },
): Promise<number> {
  const results: Troubled[] = [];
  for (const trouble of TROUBLE_NAMES) {
    const result = await meetTrouble({ ...o, trouble });
    results.push(result);
    process.stderr.write(
      `${trouble}: ${result.wrong.length === 0 ? 'ok' : `WRONG ${result.wrong.join('; ')}`}\n`,
    );
  }
  const rows = results.map(
    ({ trouble, recipients, wrong }) =>
      `| ${TROUBLES[trouble].title} | ${recipients.toLocaleString('en')} | ${TROUBLES[trouble].comes} | ${String(wrong.length)} |`,
  );
  process.stdout.write(
    `\n${['| amid a campaign | people | the campaign is | wrong |', '| --- | --: | --- | --: |', ...rows].join('\n')}\n`,
  );
  return results.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
}

function lineOf({ world, strikes, verdict, wrong, seconds }: Played): string {
  const { accepted, failed, unknown, unknowable } = verdict;
  const counts = `${String(accepted)} accepted, ${String(failed)} failed, ${String(unknown)} unknown (${String(unknowable)} unknowable)`;
  const how = wrong.length === 0 ? 'ok' : `WRONG ${wrong.join('; ')}`;
  return `campaign ${String(world)}: ${strikes.join(' ')}: ${counts}, ${String(seconds)} s, ${how}`;
}

function tableOf(all: readonly Played[]): string {
  const sum = (of: (played: Played) => number): string =>
    all.reduce((total, played) => total + of(played), 0).toLocaleString('en');
  const struck = (what: string): string =>
    sum(({ strikes }) => strikes.filter((one) => one === what).length);
  const rows = [
    ['campaigns', sum(() => 1)],
    ['recipients', sum(({ verdict }) => verdict.recipients)],
    ['kills of the worker', struck('worker')],
    ['kills of Postgres', struck('postgres')],
    ['kills of Temporal', struck('temporal')],
    ['kills of everything', struck('all')],
    ['accepted', sum(({ verdict }) => verdict.accepted)],
    ['failed', sum(({ verdict }) => verdict.failed)],
    ['unknown', sum(({ verdict }) => verdict.unknown)],
    ['letters after which the server hung up', sum(({ verdict }) => verdict.unknowable)],
    ['**got two**', sum(({ verdict }) => verdict.doubles.length)],
    ['**lost without a word**', sum(({ verdict }) => verdict.lost.length)],
    ['**falsely accepted**', sum(({ verdict }) => verdict.falselyAccepted.length)],
    ['**falsely failed**', sum(({ verdict }) => verdict.falselyFailed.length)],
    ['wrong in another way', sum(({ wrong }) => (wrong.length > 0 ? 1 : 0))],
  ];
  return [
    '| what | how many |',
    '| --- | --: |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

/** The control is right when it is wrong. */
function controlEnd(all: readonly Played[]): number {
  const doubles = all.reduce((sum, { verdict }) => sum + verdict.doubles.length, 0);
  process.stdout.write(
    doubles > 0
      ? `the control shows ${String(doubles)} people who got two, as it must\n`
      : 'the control shows nobody who got two: this campaign proves nothing\n',
  );
  return doubles > 0 ? 0 : 1;
}

function footOf(o: {
  readonly seed: string;
  readonly startedAt: number;
  readonly all: readonly Played[];
  readonly left: number;
}): string {
  const machine = `${String(cpus().length)} cores (${cpus()[0]?.model ?? 'unknown'}), ${String(Math.round(totalmem() / 2 ** 30))} GiB, Node ${process.versions.node}`;
  const minutes = (o.all.reduce((sum, { seconds }) => sum + seconds, 0) / 60).toFixed(1);
  const more =
    o.left === 0 ? '' : ` · ${String(o.left)} campaigns are left: the same command goes on`;
  return `${new Date(o.startedAt).toISOString().slice(0, 10)} · seed ${o.seed} · ${machine} · ${minutes} min${more}`;
}

function whole(text: string, option: string): number {
  const n = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(n) && n > 0) return n;
  throw new Error(`${option} takes a whole number from 1, not "${text}"`);
}
