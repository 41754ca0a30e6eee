import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const service = z.object({
  name: z.string(),
  pid: z.number().int(),
  /**
   * When the process began, as the system reports it: a pid alone may belong to another program by now.
   */
  started: z.string(),
  address: z.string(),
});

const stack = z.object({
  /** For the role that reads and writes. */
  databaseUrl: z.string(),
  /** For the role that owns the tables; only where the database is the stack's own. */
  migratorUrl: z.string().optional(),
  temporalAddress: z.string(),
  temporalNamespace: z.string(),
  uiUrl: z.string().nullable(),
  temporalCli: z.string().nullable(),
  supervisor: z.object({ pid: z.number().int(), started: z.string() }),
  services: z.array(service),
  worker: z.object({ health: z.string() }),
});

/** What `rollcall up` runs, as `stack.json` in its data folder says while it is up. */
export type StackFile = z.infer<typeof stack>;

/** Path of a data folder's `stack.json`. */
export function stackFilePath(home: string): string {
  return join(home, 'stack.json');
}

/** Reads a data folder's `stack.json`; undefined when nothing is up there, or it can't be read. */
export function readStackFile(home: string): StackFile | undefined {
  let text: string;
  try {
    text = readFileSync(stackFilePath(home), 'utf8');
  } catch {
    return undefined;
  }
  try {
    return stack.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
