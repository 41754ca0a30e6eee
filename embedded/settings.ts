import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '../domain/faults';
import { readJson, writeJson } from './files';
import type { DataPaths } from './paths';
import { freePorts, isFree } from './ports';

const PORTS = [
  'postgres',
  'temporal',
  'temporalUi',
  'temporalHttp',
  'temporalMetrics',
  'health',
] as const;
type PortName = (typeof PORTS)[number] | 'mail';

const port = z.number().int().min(1).max(65_535);
/**
 * The port of the sink stands beside the others: an older build refuses a file with another name among
 * them, and would leave this one out.
 */
const schema = z.object({
  password: z.string().min(1),
  ports: z.record(z.enum(PORTS), port),
  mailPort: port.optional(),
});

/** What a data folder keeps across restarts. */
export interface StackSettings {
  readonly password: string;
  readonly ports: Readonly<Record<PortName, number>>;
}

/**
 * The settings of a data folder, created at the first call. Ports stay the same while they are free;
 * one that another program has taken since is replaced.
 */
export async function stackSettings(paths: DataPaths): Promise<StackSettings> {
  const kept = schema.safeParse(readJson(paths.settings)).data;
  if (kept === undefined && existsSync(paths.postgres)) {
    throw new Fault('state', {
      code: 'settings_lost',
      message: `${paths.settings} is missing or broken; it has the password of the database beside it.`,
      next: `Put it back from a copy, or start over with another folder (--data DIR).`,
    });
  }
  const [freshMail = 0, ...fresh] = await freePorts(PORTS.length + 1);
  const stillFree = async (old: number | undefined, other: number): Promise<number> =>
    old !== undefined && (await isFree(old)) ? old : other;
  const ports = await Promise.all(
    PORTS.map(
      async (name, i) => [name, await stillFree(kept?.ports[name], fresh[i] ?? 0)] as const,
    ),
  );
  const mailPort = await stillFree(kept?.mailPort, freshMail);
  const settings = schema.parse({
    password: kept?.password ?? randomBytes(18).toString('hex'),
    ports: Object.fromEntries(ports),
    mailPort,
  });
  writeJson(paths.settings, settings);
  return { password: settings.password, ports: { ...settings.ports, mail: mailPort } };
}
