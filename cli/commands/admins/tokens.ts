import type { Command } from 'commander';
import type { CreatedToken, TokenView } from '../../../domain/admins/adminView';
import { DEFAULT_TOKEN_DAYS, MAX_TOKEN_DAYS, type TokenState } from '../../../domain/admins/token';
import { Fault } from '../../../domain/faults';
import { verbatim } from '../../../wording/called';
import { action, examples, type Answer, type Call } from '../../command';
import { pairs, table, type Io, minute } from '../../output';

/** `rollcall tokens …` */
export function registerTokensCommands(program: Command, io: Io): void {
  const tokens = program
    .command('tokens')
    .description('tokens, by which admins show who they are (ROLLCALL_TOKEN)');
  examples(tokens, 'rollcall tokens create --admin anna', 'rollcall tokens list');
  examples(
    tokens
      .command('create')
      .description('make a token, which is shown once; the old ones stay valid')
      .option(
        '--admin <admin>',
        'whose token; another admin’s is an owner’s to make (default: yours)',
      )
      .option('--name <name>', 'what it is for')
      .option(
        '--expires <when>',
        `how long it is valid: 90d, 12w, 8h, or to the end of a day in UTC, 2027-03-01; ${String(MAX_TOKEN_DAYS)} days at most`,
        `${String(DEFAULT_TOKEN_DAYS)}d`,
      )
      .addHelpText(
        'after',
        `
When no owner has a valid token, this command needs none: it makes one for an owner (--admin).
That is audited as token.recovered, and every receiver of alerts learns of it.`,
      )
      .action(action(io, create)),
    'rollcall tokens create --admin anna --name "nightly import" --expires 90d',
    'rollcall tokens create --expires 2027-03-01',
  );
  examples(
    tokens
      .command('list')
      .description('your tokens; an owner sees those of all admins')
      .option('--admin <admin>', 'only those of one admin')
      .action(action(io, list)),
    'rollcall tokens list',
  );
  examples(
    tokens
      .command('revoke <token>')
      .description('end a token at once, by its beginning (rc_ and eight characters) or id')
      .action(action(io, revoke)),
    'rollcall tokens revoke rc_4k2m9x1q',
  );
}

async function create(call: Call): Promise<Answer> {
  const { options } = call;
  const input = options.texts('admin', 'name', 'expires');
  const token = await created(call, input);
  return {
    document: token,
    text: `${tokenText(token)}${verbatim(`token    ${token.token}\n`)}${SHOWN_ONCE}`,
  };
}

const SHOWN_ONCE =
  'It is not shown again. Set it as ROLLCALL_TOKEN, or write it to a file and name that in ROLLCALL_TOKEN_FILE.\n';

/** Faults of an actor without a valid token. */
const WITHOUT_TOKEN: ReadonlySet<string> = new Set([
  'token_needed',
  'token_unknown',
  'token_expired',
  'token_revoked',
  'admin_disabled',
  'admin_user_inactive',
]);

/** Made by the actor or, while no owner has a valid token, by nobody in particular. */
async function created(
  call: Call,
  input: Parameters<Awaited<ReturnType<Call['rollcall']>>['tokens']['create']>[0],
): Promise<CreatedToken> {
  try {
    const { tokens } = await call.rollcall();
    return await tokens.create(input);
  } catch (error) {
    const admin = input?.admin;
    if (!(error instanceof Fault) || !WITHOUT_TOKEN.has(error.code)) throw error;
    if (admin === undefined || error.kind !== 'forbidden') throw error;
    const { Rollcall } = await import('../../../client/rollcall.js');
    const made = await Rollcall.recoverToken({ ...input, admin }, { door: 'cli' });
    if (made === null) throw error;
    return made;
  }
}

async function list(call: Call): Promise<Answer> {
  const { tokens } = await call.rollcall();
  const all = await tokens.list(call.options.texts('admin'));
  const text = table(
    ['token', 'admin', 'name', 'valid until (UTC)', 'last used (UTC)', 'state'],
    all.map((token) => [
      token.prefix,
      token.admin,
      token.name,
      minute(token.expiresAt),
      minute(token.lastUsedAt),
      standing(token),
    ]),
  );
  const none = 'No tokens.\nnext: rollcall tokens create --help\n';
  return { document: { tokens: all, next: null }, text: all.length === 0 ? none : text };
}

async function revoke(call: Call): Promise<Answer> {
  const { tokens } = await call.rollcall();
  const token = await tokens.revoke(call.args[0] ?? '');
  return {
    document: token,
    text: verbatim(`Token ${token.prefix} of ${token.admin} is revoked.\n`),
  };
}

const STATES = {
  valid: '',
  expired: 'expired',
  revoked: 'revoked',
  admin_disabled: 'stopped: the admin is disabled',
  user_inactive: 'stopped: the user is not active',
} as const satisfies Record<TokenState, string>;

function standing({ state, endsSoon }: TokenView): string {
  return endsSoon ? 'ends soon' : STATES[state];
}

function tokenText({ admin, name, expiresAt, prefix }: TokenView): string {
  return pairs([
    ['admin', admin],
    ['name', name],
    ['prefix', prefix],
    ['expires', `${minute(expiresAt)} UTC`],
  ]);
}
