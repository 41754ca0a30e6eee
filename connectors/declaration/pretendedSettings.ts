import { checkSettings, type Settings } from './settings';
import type { Connector } from './schema';
import { Fault } from '../../domain/faults';

/** Tried in this order where a declaration requires a pattern. */
const EXAMPLES = [
  'example',
  '/example',
  'example.com',
  '1',
  '11111111-1111-4111-8111-111111111111',
];

/**
 * Values for settings that were not given: only the form of requests depends on them.
 * @throws Fault `usage`/`bad_settings`; `command`: the arguments after `rollcall connectors`.
 */
export function pretendedSettings(
  connector: Connector,
  given: Readonly<Record<string, string>>,
  command: string,
): Settings {
  const config: Record<string, string> = { ...given };
  for (const [key, declared] of Object.entries(connector.config)) {
    if (config[key] !== undefined || declared.default !== undefined) continue;
    if (declared.required !== true) continue;
    const form = new RegExp(declared.pattern ?? '', 'u');
    const example = EXAMPLES.find((text) => form.test(text)) ?? 'example';
    config[key] =
      declared.oneOf?.[0] ?? (declared.kind === 'url' ? 'https://api.example.com' : example);
  }
  const secrets = Object.fromEntries(
    Object.keys(connector.secrets).map((name) => [name, 'secret']),
  );
  const faults = checkSettings(connector, { config, secrets });
  if (faults.length === 0) return { config, secrets };
  throw new Fault('usage', {
    code: 'bad_settings',
    message: faults.map(({ message }) => message).join('\n'),
    next: `Give them: rollcall connectors ${command} --config key=value`,
  });
}
