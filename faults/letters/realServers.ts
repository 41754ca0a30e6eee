import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:net';
import { freePorts } from '../../embedded/ports';

/** Mail servers that many people run. Each keeps its mail on this machine. */
export const REAL_SERVERS = {
  postfix: { binary: '/usr/sbin/postfix', title: 'Postfix' },
  exim: { binary: '/usr/sbin/exim4', title: 'Exim' },
  opensmtpd: { binary: '/usr/sbin/smtpd', title: 'OpenSMTPD' },
} as const;
export type RealServerName = keyof typeof REAL_SERVERS;
export const REAL_SERVER_NAMES = [
  'postfix',
  'exim',
  'opensmtpd',
] as const satisfies RealServerName[];

/** Nobody has a mailbox whose number ends in 0. */
export const hasMailbox = (n: number): boolean => n % 10 !== 0;

const NOBODY = 65_534;

/** A real mail server with an own configuration and own mailboxes, on a free port of this machine. */
export class RealServer {
  readonly port: number;
  readonly #mail: string;
  readonly #stop: () => void;

  private constructor(o: { port: number; mail: string; stop: () => void }) {
    this.port = o.port;
    this.#mail = o.mail;
    this.#stop = o.stop;
  }

  static isInstalled(name: RealServerName): boolean {
    return existsSync(REAL_SERVERS[name].binary) && process.getuid?.() === 0;
  }

  /** Needs root, as these servers do. `people`: how many addresses p1@people.example and on there are. */
  static async start(
    name: RealServerName,
    o: { folder: string; people: number },
  ): Promise<RealServer> {
    const [port = 0] = await freePorts(1);
    const folder = join(o.folder, name);
    for (const part of ['', 'etc', 'spool', 'log', 'mail'])
      mkdirSync(join(folder, part), { recursive: true });
    // The parts of these servers run as other users.
    chmodSync(folder, 0o755);
    chownSync(join(folder, 'mail'), NOBODY, NOBODY);
    const stop = START[name]({ folder, port, people: o.people });
    // Also when the campaign is interrupted.
    process.once('exit', stop);
    const until = Date.now() + 20_000;
    while (!(await answers(port))) {
      if (Date.now() > until) throw new Error(`${name} does not start; its files are in ${folder}`);
      await sleep(200);
    }
    return new RealServer({ port, mail: join(folder, 'mail'), stop });
  }

  /** Addresses as often as each got a letter; by what the server noted, not by a header of the sender. */
  delivered(): string[] {
    return this.#messages('people').flatMap(
      (message) =>
        /^(?:Delivered-To|Envelope-to): *(\S+)/im.exec(message)?.[1]?.toLowerCase() ?? [],
    );
  }

  /** The folder of the messages that came back to the sender. */
  get returned(): string {
    return join(this.#mail, 'returned', 'new');
  }

  /** Waits until its queue is empty: nothing new comes for a while. */
  async settled(): Promise<void> {
    let before = -1;
    for (;;) {
      const now = this.#messages('people').length + this.#messages('returned').length;
      if (now === before) return;
      before = now;
      await sleep(5_000);
    }
  }

  async stop(): Promise<void> {
    process.off('exit', this.#stop);
    this.#stop();
    await sleep(500);
  }

  #messages(box: string): string[] {
    const folder = join(this.#mail, box, 'new');
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
  }
}

interface Where {
  readonly folder: string;
  readonly port: number;
  readonly people: number;
}

/** Starts a server; returns what stops it. */
const START: Readonly<Record<RealServerName, (where: Where) => () => void>> = {
  postfix: startPostfix,
  exim: startExim,
  opensmtpd: startOpenSmtpd,
};

function startPostfix({ folder, port }: Where): () => void {
  const etc = join(folder, 'etc');
  mkdirSync(join(folder, 'data'));
  spawnSync('chown', ['postfix', join(folder, 'data')]);
  writeFileSync(
    join(etc, 'main.cf'),
    `compatibility_level = 3.6
queue_directory = ${folder}/spool
data_directory = ${folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${folder}/log/mail
maillog_file_prefixes = ${folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.people.example
mydestination =
alias_maps =
local_recipient_maps =
mynetworks = 127.0.0.0/8
default_transport = error:no mail leaves this machine
relay_transport = error:no mail leaves this machine
virtual_mailbox_domains = people.example, sender.example
virtual_mailbox_maps = regexp:${etc}/people
virtual_mailbox_base = ${folder}/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:${String(NOBODY)}
virtual_gid_maps = static:${String(NOBODY)}
virtual_transport = virtual
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = permit_mynetworks, reject
`,
  );
  writeFileSync(
    join(etc, 'people'),
    '/^academy@sender\\.example$/ returned/\n/^p[0-9]*[1-9]@people\\.example$/ people/\n',
  );
  const services = readFileSync('/usr/share/postfix/master.cf.dist', 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    // Nothing of it runs in a jail: the folder is its own.
    .map((line) => line.replace(/^(\S+\s+\S+\s+\S+\s+\S+\s+)y/, '$1n'))
    .map((line) => line.replace(/^smtp(\s+inet)/, `127.0.0.1:${String(port)}$1`));
  const log = 'postlog unix-dgram n - n - 1 postlogd';
  writeFileSync(
    join(etc, 'master.cf'),
    [...services, ...(services.some((line) => line.startsWith('postlog')) ? [] : [log]), ''].join(
      '\n',
    ),
  );
  spawnSync('postfix', ['-c', etc, 'start'], { stdio: 'ignore' });
  return () => void spawnSync('postfix', ['-c', etc, 'stop'], { stdio: 'ignore' });
}

function startExim({ folder, port }: Where): () => void {
  const { binary } = REAL_SERVERS.exim;
  for (const part of ['spool', 'log']) chownSync(join(folder, part), NOBODY, NOBODY);
  const mailbox = (name: string): string => `${name}:
  driver = appendfile
  maildir_format
  directory = ${folder}/mail/${name}
  create_directory
  envelope_to_add
  user = ${String(NOBODY)}
  group = ${String(NOBODY)}
`;
  const config = join(folder, 'etc', 'exim.conf');
  writeFileSync(
    config,
    `exim_path = ${binary}
exim_user = ${String(NOBODY)}
exim_group = ${String(NOBODY)}
keep_environment =
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%s
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${String(port)}
tls_advertise_hosts =
primary_hostname = mx.people.example
qualify_domain = people.example
never_users =
smtp_accept_max = 100
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = all
acl_smtp_data = all
begin acl
all:
  accept
begin routers
returned:
  driver = accept
  domains = sender.example
  local_parts = academy
  transport = returned
people:
  driver = accept
  domains = people.example
  condition = \${if match{$local_part}{\\N^p[0-9]*[1-9]$\\N}}
  transport = people
begin transports
${mailbox('people')}${mailbox('returned')}begin retry
* * F,1m,1m
`,
  );
  return daemon(binary, ['-C', config, '-bdf', '-q1m']);
}

function startOpenSmtpd({ folder, port, people }: Where): () => void {
  const users = join(folder, 'etc', 'users');
  const known = Array.from({ length: people }, (_, i) => i + 1).filter(hasMailbox);
  const lines = known.map((n) => `p${String(n)}@people.example nobody`);
  writeFileSync(users, `${lines.join('\n')}\n`);
  const back = join(folder, 'etc', 'back');
  writeFileSync(back, 'academy@sender.example nobody\n');
  const config = join(folder, 'etc', 'smtpd.conf');
  writeFileSync(
    config,
    `table users file:${users}
table back file:${back}
listen on 127.0.0.1 port ${String(port)}
action "people" maildir "${folder}/mail/people" virtual <users>
action "returned" maildir "${folder}/mail/returned" virtual <back>
match from any for domain "people.example" action "people"
match from any for domain "sender.example" action "returned"
`,
  );
  const { binary } = REAL_SERVERS.opensmtpd;
  return daemon(binary, ['-d', '-f', config]);
}

function daemon(binary: string, args: readonly string[]): () => void {
  const child = spawn(binary, args, { stdio: 'ignore', detached: true });
  return () => void child.kill('SIGTERM');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => undefined);
    // Also one that takes the connection and says nothing does not answer yet.
    socket.setTimeout(2_000, () => socket.destroy());
    socket.once('close', () => {
      resolve(false);
    });
  });
}
