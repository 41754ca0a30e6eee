import { sha256 } from './hash';
import { isList, isObject } from './json';
import type { Connector } from './schema';
import { connectorSchema } from './schema';
import type { DeclarationFault } from './validate/fault';
import { formFaults } from './validate/form';
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
  const unfit = protoKeys(declaration, '');
  if (unfit.length > 0) return { ok: false, faults: unfit };
  const parsed = connectorSchema.safeParse(declaration);
  if (!parsed.success) {
    const { issues } = parsed.error;
    return { ok: false, faults: issues.flatMap((issue) => formFaults(issue, declaration)) };
  }
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

/** The key `__proto__`, wherever it stands: the form passes over it, as over no other key. */
function protoKeys(value: unknown, path: string): DeclarationFault[] {
  if (isList(value)) return value.flatMap((item, i) => protoKeys(item, `${path}/${String(i)}`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, held]) =>
    key === '__proto__'
      ? [
          {
            path: `${path}/${key}`,
            code: 'unknown_key',
            message: `There is no ${JSON.stringify(key)} here.`,
            next: 'Remove it.',
          },
        ]
      : protoKeys(held, `${path}/${key}`),
  );
}
