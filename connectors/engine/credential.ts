import { createHmac } from 'node:crypto';
import { canonicalJson } from '../declaration/hash';
import type { Settings } from '../declaration/settings';
import { resolveSettings } from '../declaration/settings';
import type { Connector } from '../declaration/schema';
import { references, textsOf } from '../declaration/template';

/**
 * One text for all sources that call a vendor with one credential. It reveals nothing of the credential:
 * it is a keyed hash of the connector, its address, the secrets, and the configuration that identifies
 * the caller. A credential that the vendor replaces at each use belongs to one source alone.
 *
 * @throws Fault `invalid`/`bad_settings`.
 */
export function credentialKey(
  connector: Connector,
  settings: Settings,
  o: { readonly key: Buffer; readonly ownerId: string },
): string {
  const { config, baseUrl } = resolveSettings(connector, settings);
  const { auth, headers = {} } = connector;
  const account = textsOf([auth, headers])
    .flatMap(({ text }) => references(text))
    .flatMap(({ kind, name }) => (kind === 'config' ? [[name, config[name] ?? '']] : []));
  const rotated = auth.type === 'oauth2' ? auth.refreshToken : undefined;
  const secrets = Object.entries(settings.secrets).filter(([name]) => name !== rotated);
  const whose = [
    connector.id,
    baseUrl,
    Object.fromEntries(account),
    Object.fromEntries(secrets),
    rotated === undefined ? null : o.ownerId,
  ];
  return createHmac('sha256', o.key).update(canonicalJson(whose)).digest('hex');
}
