import { createHmac } from 'node:crypto';
import { canonicalJson } from '../declaration/hash';
import type { Settings } from '../declaration/settings';
import { resolveSettings } from '../declaration/settings';
import type { Connector } from '../declaration/schema';
import { references, textsOf } from '../declaration/template';

/**
 * One text for all sources that ask a vendor with one credential, and nothing that tells the credential:
 * a keyed hash of the connector, its address, the secrets, and what of the configuration says who asks.
 * A credential that the vendor replaces at each use belongs to one source alone.
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
