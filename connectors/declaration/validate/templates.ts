import type { Connector } from '../schema';
import { references, textsOf } from '../template';
import type { DeclarationFault } from './fault';
import { fault } from './fault';

/**
 * Where each variable has a meaning: the members of a read (or of the connector) that may use it.
 */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  since: /^\/reads\/changes\/(request|page|since\/split)\//,
  lastId: /^\/reads\/changes\/since\/split\//,
  id: /\/enrich\/request\/|^\/reads\/one\/request\//,
  ids: /\/enrich\/request\//,
  job: /\/page\/(poll|fetch)\//,
};
/** Where a secret may stand: nowhere that is logged, kept or sent to another host. */
const SECRET_PLACES = /^\/(auth|headers)\//;

/**
 * Checks that templates refer only to declared values, and that secrets stand only where allowed.
 */
export function checkTemplates(connector: Connector): DeclarationFault[] {
  const faults: DeclarationFault[] = [];
  const used = new Set<string>();
  for (const { path, text } of textsOf(connector)) {
    for (const { kind, name } of references(text)) {
      used.add(`${kind}.${name}`);
      if (kind === 'config' && !Object.hasOwn(connector.config, name)) {
        faults.push(
          fault(
            path,
            'unknown_config',
            `{config.${name}} is not among the config keys.`,
            `Declare it: "config": {"${name}": {"kind": "string", "about": "…"}}.`,
          ),
        );
      }
      if (kind === 'secret') faults.push(...secretFaults(connector, path, name));
      if (kind === 'var' && VARIABLES[name]?.test(`${path}/`) !== true) {
        faults.push(
          fault(
            path,
            'unknown_variable',
            `{${name}} has no meaning here.`,
            'Remove it: docs/connectors/writing.md says where each variable has a value.',
          ),
        );
      }
    }
    faults.push(...strayBraces(path, text));
  }
  return [...faults, ...unused(connector, used)];
}

function secretFaults(connector: Connector, path: string, name: string): DeclarationFault[] {
  if (!Object.hasOwn(connector.secrets, name)) {
    const next = `Declare it: "secrets": {"${name}": {"about": "…"}}.`;
    return [fault(path, 'unknown_secret', `{secret.${name}} is not among the secrets.`, next)];
  }
  if (SECRET_PLACES.test(path) && !/\/(path|tokenUrl|query)(\/|$)/.test(path)) return [];
  const message = `{secret.${name}} stands where it would be logged or kept.`;
  return [fault(path, 'secret_misplaced', message, 'Use secrets only in auth and in headers.')];
}

/** A misspelled reference would be sent as it is written. */
function strayBraces(path: string, text: string): DeclarationFault[] {
  const stray = /\{(?:config|secret)[^}]*\}/.exec(
    text.replace(/\{(config|secret)\.[A-Za-z][A-Za-z0-9_]*\}/g, ''),
  );
  if (stray === null || /^\/(name|config|secrets)\//.test(path)) return [];
  const message = `${JSON.stringify(stray[0])} is not a reference.`;
  return [fault(path, 'bad_reference', message, 'Write {config.name} or {secret.name}.')];
}

function unused(connector: Connector, used: ReadonlySet<string>): DeclarationFault[] {
  const { auth } = connector;
  const refresh = auth.type === 'oauth2' ? auth.refreshToken : undefined;
  if (refresh !== undefined && !Object.hasOwn(connector.secrets, refresh)) {
    return [
      fault(
        '/auth/refreshToken',
        'unknown_secret',
        `${JSON.stringify(refresh)} is not among the secrets.`,
        `Declare it: "secrets": {"${refresh}": {"about": "…"}}.`,
      ),
    ];
  }
  const lost = Object.keys(connector.secrets).filter(
    (name) => !used.has(`secret.${name}`) && name !== refresh,
  );
  return lost.map((name) =>
    fault(`/secrets/${name}`, 'unused_secret', `The secret ${name} is used nowhere.`, 'Remove it.'),
  );
}
