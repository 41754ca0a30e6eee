import { quoted, shellWord } from '../../domain/shown';
import type { SomeWords } from './words';

/** Words of the steps about admins and their tokens. */
export const ADMIN_WORDS = {
  createToken: ({ admin }) => `rollcall tokens create --admin ${quoted(admin)}`,
  askForToken: () =>
    'Ask an owner to make one: rollcall tokens create --admin NAME. If the tokens of all owners are ' +
    'lost, docs/runbooks/tokens.md says what to do.',
  listTokens: () => 'rollcall tokens list',
  listAdmins: () => 'rollcall admins list',
  helpCreateToken: () => 'rollcall tokens create --help',
  helpAddAdmin: () => 'rollcall admins add --help',
  enableAdmin: ({ admin }) => enabling(admin),
  askToEnable: ({ admin }) => `Ask an owner: ${enabling(admin)}`,
  unlinkAdmin: ({ admin }) => unlinking(admin),
  askToUnlink: ({ admin }) =>
    `Ask an owner to activate the user, or to end the link: ${unlinking(admin)}`,
  helpSetAdmin: () => 'rollcall admins set --help',
  linkAdmin: ({ admin, user }) => `rollcall admins set ${quoted(admin)} --user ${shellWord(user)}`,
  addOwner: () => 'Make another owner first: rollcall admins add NAME --level owner',
} as const satisfies SomeWords;

function enabling(admin: string): string {
  return `rollcall admins set ${quoted(admin)} --enable`;
}

function unlinking(admin: string): string {
  return `rollcall admins set ${quoted(admin)} --user none`;
}
