import { z } from 'zod';
import { readJson } from './files';
import { dataPaths } from './paths';
import { postgresUrl } from './postgres';
import { DATABASE } from './services';

const settings = z.object({ password: z.string(), ports: z.object({ postgres: z.number() }) });

/**
 * URL for the superuser of the embedded Postgres of a data folder. Nothing of the product connects as it
 * once `up` has made the roles; measurements, rehearsals and tests do.
 */
export function superuserUrl(home: string, database = DATABASE): string {
  const { password, ports } = settings.parse(readJson(dataPaths(home).settings));
  return postgresUrl({ password, port: ports.postgres, database });
}
