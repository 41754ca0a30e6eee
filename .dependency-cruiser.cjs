'use strict';
const { FOLDERS, PROGRAMS, TABLE } = require('./scripts/lib/boundaries.cjs');

const anyOf = (names) => `(${names.join('|')})`;
const escape = (text) => text.replace(/[.\\/]/g, '\\$&');
const NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];

/** The folders and files that `from` may import, as one path pattern. */
function allowedPaths(from, { folders, parts = {} }) {
  const files = Object.entries(parts).flatMap(([folder, names]) =>
    names.map((name) => `^${folder}/${escape(name)}(/|\\.ts$)`),
  );
  return [`^${anyOf([from, ...folders])}/`, ...files];
}

function rulesOf([from, row]) {
  const types = row.types ?? [];
  const own = { path: `^${from}/` };
  const packages = row.packages.map((name) => escape(name) + (name.endsWith('/') ? '' : '/'));
  const forbidden = FOLDERS.filter((folder) => !types.includes(folder));
  return [
    {
      name: `${from}-imports-folders`,
      severity: 'error',
      from: own,
      to: { path: `^${anyOf(forbidden)}/`, pathNot: allowedPaths(from, row) },
    },
    ...(types.length === 0
      ? []
      : [
          {
            name: `${from}-imports-only-types`,
            severity: 'error',
            from: own,
            to: {
              path: `^${anyOf(types)}/`,
              pathNot: allowedPaths(from, row),
              dependencyTypesNot: ['type-only'],
            },
          },
        ]),
    {
      name: `${from}-imports-packages`,
      severity: 'error',
      from: own,
      to: {
        dependencyTypes: NPM,
        ...(packages.length === 0 ? {} : { pathNot: `node_modules/${anyOf(packages)}` }),
      },
    },
    ...(row.node
      ? []
      : [
          {
            name: `${from}-imports-no-node`,
            severity: 'error',
            from: own,
            to: { dependencyTypes: ['core'] },
          },
        ]),
  ];
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(TABLE).flatMap(rulesOf),
    {
      name: 'nobody-imports-worker-or-test',
      severity: 'error',
      from: { pathNot: `^(worker|${PROGRAMS.join('|')})/` },
      to: { path: '^(worker|test)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { pathNot: '^store/generated/' },
      to: {
        circular: true,
        viaOnly: { pathNot: '^store/generated/' },
      },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: { pathNot: '^store/generated/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^store/generated/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'require', 'default', 'types'],
    },
  },
};
