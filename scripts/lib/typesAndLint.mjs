// The checks `types` and `lint` in one process: lint asks for types, and what the compiler found out
// about them is most of its work (on the sources of today, 56 s of CPU instead of 89). Sends
// `{ name, ok, seconds, output }` for each to the process that forked it.
import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { root } from './run.mjs';

const format = {
  getCanonicalFileName: (path) => path,
  getCurrentDirectory: () => root,
  getNewLine: () => '\n',
};

/** What `tsc -p tsconfig.test.json` does; the program is the one that lint goes on with. */
function types() {
  const config = join(root, 'tsconfig.test.json');
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(config, {}, host);
  const builder = ts.createIncrementalProgram({ rootNames: fileNames, options });
  const found = [
    ...errors,
    ...builder.getConfigFileParsingDiagnostics(),
    ...builder.getOptionsDiagnostics(),
    ...builder.getSyntacticDiagnostics(),
    ...builder.getGlobalDiagnostics(),
    ...builder.getSemanticDiagnostics(),
  ];
  // Keeps what was found for the next time; there is nothing else to emit.
  builder.emit();
  const output = ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(found), format);
  return { ok: found.length === 0, output, program: builder.getProgram() };
}

/** What `eslint . --max-warnings 0` does. */
async function lint(program) {
  const parserOptions = { project: null, programs: [program] };
  const eslint = new ESLint({
    cwd: root,
    overrideConfig: [{ languageOptions: { parserOptions } }],
  });
  const results = await eslint.lintFiles(['.']);
  const formatter = await eslint.loadFormatter('stylish');
  return {
    ok: results.every(({ errorCount, warningCount }) => errorCount + warningCount === 0),
    output: await formatter.format(results),
  };
}

async function check(name, work) {
  const startedAt = Date.now();
  const { ok, output, ...rest } = await work();
  process.send({ name, ok, seconds: (Date.now() - startedAt) / 1000, output });
  return rest;
}

const { program } = await check('types', types);
await check('lint', () => lint(program));
process.disconnect();
