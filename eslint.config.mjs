import { createRequire } from 'node:module';
import tseslint from 'typescript-eslint';

const { FOLDERS, TABLE } = createRequire(import.meta.url)('./scripts/lib/boundaries.cjs');

const anyOf = (names) => `(?:${names.join('|')})`;
const escape = (text) => text.replace(/[.\\/]/g, '\\$&');

/** The import table as the editor shows it; dependency-cruiser checks the same on the whole graph. */
function boundaries([from, { folders, parts = {}, types = [], packages, node }]) {
  // `../faults` is domain/faults.ts wherever it is written in domain; dependency-cruiser knows better.
  const closed = FOLDERS.filter(
    (folder) =>
      folder !== from && folder !== 'faults' && !folders.includes(folder) && !(folder in parts),
  );
  const open = packages.map((name) => escape(name) + (name.endsWith('/') ? '' : '(?:/|$)'));
  const hint = 'See the import table in scripts/lib/boundaries.cjs.';
  const patterns = [
    ...closed
      .filter((folder) => !types.includes(folder))
      .map((folder) => ({
        regex: `^(?:\\.\\./)+${folder}(?:/|$)`,
        message: `${from} may not import ${folder}. ${hint}`,
      })),
    ...types
      .filter((folder) => !(folder in parts))
      .map((folder) => ({
        regex: `^(?:\\.\\./)+${folder}(?:/|$)`,
        allowTypeImports: true,
        message: `${from} may import only types from ${folder}. ${hint}`,
      })),
    ...Object.entries(parts).map(([folder, names]) => ({
      regex: `^(?:\\.\\./)+${folder}/(?!${anyOf(names.map(escape))}(?:/|\\.js$|$))`,
      allowTypeImports: types.includes(folder),
      message: `${from} may import only ${names.join(', ')} from ${folder}. ${hint}`,
    })),
    {
      regex: `^(?!\\.|node:${open.length > 0 ? `|${open.join('|')}` : ''})`,
      message: `${from} may not import this package. ${hint}`,
    },
    ...(node ? [] : [{ regex: '^node:', message: `${from} may not import Node. ${hint}` }]),
  ];
  return {
    files: [`${from}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      'dist/',
      'coverage/',
      'store/generated/',
      '.rollcall/',
      '.tools/',
      // Plain scripts without types; prettier and their own tests look after them.
      '**/*.{js,cjs,mjs}',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Generated clients and mocked servers are typed by shape, not by constructor.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      'no-control-regex': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // Lists and options are often given as they came: a type alone says it.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Write a union of string literals.' },
        { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
      ],
    },
  },
  {
    // The environment is read in one place. `embedded` hands it on to the programs it starts.
    files: [
      '{domain,wording,connectors,store,operations,activities,workflows,temporal,client,cli,worker}/**/*.ts',
    ],
    ignores: ['cli/output.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read settings through config/env.ts.' },
      ],
    },
  },
  ...Object.entries(TABLE).map(boundaries),
  {
    files: ['{demo,bench,faults,company,test}/**/*.ts'],
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      'no-control-regex': 'off',
      'max-params': 'off',
      'no-console': 'off',
      '@typescript-eslint/consistent-type-assertions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
