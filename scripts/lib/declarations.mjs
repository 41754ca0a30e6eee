// dist/client/index.d.ts: the declarations of the package's one entry, rolled into one file that
// names no other file and no other package. Only `npm pack` needs it.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, root, run, tail } from './run.mjs';

const at = (...parts) => join(root, ...parts);
const config = at('tsconfig.types.json');
const emitted = at('dist', 'types');
const rolled = at('dist', 'client', 'index.d.ts');
const stamp = at('dist', '.declarations');

/** They are of the sources that dist/ was compiled from. */
const key = () => readFileSync(at('dist', '.sources'), 'utf8') + readFileSync(config, 'utf8');

export const declarations = {
  stale: () => !existsSync(rolled) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== key(),
  async make() {
    rmSync(emitted, { recursive: true, force: true });
    const tsc = at('node_modules', '.bin', 'tsc');
    // It makes those of every module behind the entry, and fails at one that names a type which its
    // module keeps to itself. That matters only where the entry leads to it: see `refuseForeign`.
    const done = await run(process.execPath, [tsc, '-p', config, '--pretty', 'false']);
    await roll();
    refuseForeign(readFileSync(rolled, 'utf8'), done.output);
    writeFileSync(stamp, key());
  },
};

async function roll() {
  const { Extractor, ExtractorConfig } = await import('@microsoft/api-extractor');
  // Types are checked by `npm test`; what is not exported is left in, without being exported.
  const silent = { default: { logLevel: 'none' } };
  const prepared = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(emitted, 'client', 'index.d.ts'),
      compiler: { tsconfigFilePath: config },
      apiReport: { enabled: false },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: rolled },
      messages: {
        compilerMessageReporting: silent,
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: at('package.json'),
  });
  const result = Extractor.invoke(prepared, {
    localBuild: true,
    messageCallback(message) {
      message.handled = true;
    },
  });
  if (!result.succeeded) {
    throw new SetupError(
      'the declarations could not be rolled into one file',
      'look at what client/index.ts exports.',
    );
  }
}

/** A type of another package would make its declarations a dependency of everybody's scripts. */
function refuseForeign(text, compiler) {
  const foreign = text
    .split('\n')
    .filter((line) => /^import\b|\bimport\(['"]|^\/\/\/ <reference|^export .* from /.test(line));
  if (foreign.length === 0) return;
  throw new SetupError(
    `the declarations name other packages or files:\n${tail(foreign.join('\n'))}\n${tail(compiler)}`,
    'give what client/ shows of them a type of its own, or tag it @internal.',
  );
}
