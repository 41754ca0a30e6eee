import type { SomeWords } from './words';

/** Words of the steps about the servers, the database and levels. */
export const HOUSE_WORDS = {
  startServers: () => 'rollcall up --detach',
  showServers: () => 'rollcall status',
  showDatabase: () => 'rollcall db status',
  migrate: () => 'rollcall db migrate',
  databaseRestored: () =>
    'If the database before is no longer used: rollcall db restored. If this one is a copy beside it: rollcall db restored --as-copy.',
  databaseCopied: () =>
    'Stop that worker, wait a minute and give the command again; or, if this database is a copy: rollcall db restored --as-copy.',
  startNewerVersion: () =>
    'Start the version of Rollcall that migrated it (rollcall db status shows both).',
  raiseLevel: ({ level = 'LEVEL' }) =>
    `Ask an owner to raise your level: rollcall admins set NAME --level ${level}`,
  say: ({ text }) => text,
} as const satisfies SomeWords;
