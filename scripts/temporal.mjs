// Prints the path of a Temporal program, fetching it when it is not here yet.
//
//   node scripts/temporal.mjs [temporalCli|testServer]
import { fail } from './lib/run.mjs';
import { ensure } from './lib/temporal.mjs';

ensure(process.argv[2] ?? 'temporalCli')
  .then((path) => process.stdout.write(`${path}\n`))
  .catch(fail);
