import type { SomeWords } from './words';

/** Words of the steps about the servers, the database and levels. */
export const HOUSE_WORDS = {
  startServers: () => 'rollcall up --detach',
  showServers: () => 'rollcall status',
  showDatabase: () => 'rollcall db status',
  migrate: () => 'rollcall db migrate',
  startNewerVersion: () =>
    'Start the version of Rollcall that migrated it (rollcall db status shows both).',
  raiseLevel: () => 'Ask an owner to raise your level: rollcall admins set --level',
  say: ({ text }) => text,
} as const satisfies SomeWords;
