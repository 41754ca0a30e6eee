import { quoted } from '../../domain/shown';
import type { SomeWords } from './words';

/** Words of the steps about admins and their tokens. */
export const ADMIN_WORDS = {
  createToken: ({ admin }) => `rollcall tokens create --admin ${quoted(admin)}`,
  askForToken: () =>
    'Ask an owner for a token: rollcall tokens create --admin NAME. While no owner has a valid token, ' +
    'this makes one for an owner without asking for yours.',
  listTokens: () => 'rollcall tokens list',
  listAdmins: () => 'rollcall admins list',
  addAdmin: () => 'rollcall admins add anna --level manager --org SALES',
  helpSetAdmin: () => 'rollcall admins set --help',
  addOwner: () => 'Make another owner first: rollcall admins add NAME --level owner',
} as const satisfies SomeWords;
