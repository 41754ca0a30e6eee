// Sets the clone up, then runs a compiled program of it in this process.
//
//   node scripts/run.mjs demo/main [arguments…]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SetupError, fail, root } from './lib/run.mjs';
import { setup } from './setup.mjs';

const [, , name = '', ...rest] = process.argv;
try {
  await setup(['temporalCli']);
  const program = join(root, 'dist', `${name}.js`);
  if (!existsSync(program)) {
    throw new SetupError(`there is no program ${name}`, `see whether ${name}.ts is in this clone.`);
  }
  process.argv = [process.argv[0], program, ...rest];
  await import(pathToFileURL(program).href);
} catch (error) {
  fail(error);
}
