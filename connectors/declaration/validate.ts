import type { z } from 'zod';
import { sha256 } from './hash';
import type { Connector } from './schema';
import { connectorSchema } from './schema';
import type { DeclarationFault } from './validate/fault';
import { checkHosts } from './validate/hosts';
import { checkMaps } from './validate/maps';
import { checkReads } from './validate/reads';
import { checkTemplates } from './validate/templates';

export type { DeclarationFault };

export type Validation =
  | { readonly ok: true; readonly connector: Connector; readonly sha256: string }
  | { readonly ok: false; readonly faults: readonly DeclarationFault[] };

/** Checks a declaration, all of it at once: its form first, then what the form cannot say. */
export function validateConnector(declaration: unknown): Validation {
  const parsed = connectorSchema.safeParse(declaration);
  if (!parsed.success) return { ok: false, faults: parsed.error.issues.flatMap(formFaults) };
  const connector = parsed.data;
  const faults = [
    ...checkTemplates(connector),
    ...checkHosts(connector),
    ...checkReads(connector),
    ...checkMaps(connector),
  ];
  return faults.length > 0
    ? { ok: false, faults }
    : { ok: true, connector, sha256: sha256(connector) };
}

function formFaults(issue: z.core.$ZodIssue): DeclarationFault[] {
  const path = pointer(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: `${path}/${key}`,
      code: 'unknown_key',
      message: `${JSON.stringify(key)} is not part of a declaration here.`,
      next: 'Take it out, or compare with connectors/connector.schema.json.',
    }));
  }
  return [
    {
      path,
      code: 'bad_form',
      message: `${path === '' ? 'The declaration' : path}: ${issue.message}.`.replace(/\.\.$/, '.'),
      next: 'Compare with connectors/connector.schema.json.',
    },
  ];
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
