import { Fault } from '../../domain/faults';
import { listed } from '../../domain/shown';
import { isList, isObject } from './json';
import type { Connector } from './schema';
import { references, render } from './template';

/** A source's own values for the settings that its connector declares. */
export interface Settings {
  readonly config: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Instead of the declared base address: a sandbox, a proxy, a test. */
  readonly baseUrl?: string | undefined;
}

export interface SettingFault {
  readonly key: string;
  readonly code: string;
  readonly message: string;
}

/** Every fault of a source's settings; for `secrets`, the names are enough. */
export function checkSettings(connector: Connector, settings: Settings): SettingFault[] {
  const { config, secrets } = settings;
  return [
    ...unknown('config', config, connector.config),
    ...unknown('secret', secrets, connector.secrets),
    ...Object.entries(connector.config).flatMap(([key, declared]) => {
      const value = config[key] ?? declared.default ?? '';
      if (value === '') {
        return declared.required === true
          ? [wrong('config', key, 'missing_config', `is missing: ${declared.about}`)]
          : [];
      }
      if (declared.kind === 'url' && !isPlainUrl(value)) {
        return [wrong('config', key, 'bad_config', 'is not an https address without a query.')];
      }
      if (declared.kind === 'enum' && declared.oneOf?.includes(value) !== true) {
        const words = (declared.oneOf ?? []).join(', ');
        return [wrong('config', key, 'bad_config', `is none of ${words}.`)];
      }
      if (declared.pattern !== undefined && !new RegExp(declared.pattern, 'u').test(value)) {
        return [wrong('config', key, 'bad_config', `does not match ${declared.pattern}.`)];
      }
      return [];
    }),
    ...Object.entries(connector.secrets).flatMap(([key, declared]) =>
      declared.optional !== true && (secrets[key] ?? '') === ''
        ? [wrong('secret', key, 'missing_secret', `is missing: ${declared.about}`)]
        : [],
    ),
    ...(settings.baseUrl === undefined || isPlainUrl(settings.baseUrl)
      ? []
      : [
          { key: 'baseUrl', code: 'bad_base_url', message: 'The base URL is not a plain address.' },
        ]),
  ];
}

function unknown(kind: string, given: object, declared: object): SettingFault[] {
  const names = Object.keys(declared);
  const known = names.length === 0 ? 'it has none' : `it has ${listed(names, 12)}`;
  return Object.keys(given)
    .filter((key) => !Object.hasOwn(declared, key))
    .map((key) =>
      wrong(kind, key, `unknown_${kind}`, `is not declared by the connector: ${known}.`),
    );
}

function wrong(kind: string, key: string, code: string, rest: string): SettingFault {
  return { key, code, message: `${kind} ${key} ${rest}` };
}

/**
 * Plain http is accepted here; the call refuses it unless the host is configured as a private one.
 */
function isPlainUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const web = url.protocol === 'https:' || url.protocol === 'http:';
  return web && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

/** A connector with the values of one source filled in. */
export interface Resolved {
  readonly connector: Connector;
  readonly config: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Hosts (with their port, where it is not the usual one) that may be called. */
  readonly hosts: ReadonlySet<string>;
}

/**
 * Fills a source's configuration into paths and addresses. A field whose path is an empty value of
 * the configuration is not mapped.
 *
 * @throws Fault `invalid`/`bad_settings` with every fault.
 */
export function resolveSettings(connector: Connector, settings: Settings): Resolved {
  const faults = checkSettings(connector, settings);
  if (faults.length > 0) {
    throw new Fault('invalid', {
      code: 'bad_settings',
      message: faults.map(({ message }) => message).join(' '),
      next: { do: 'correctSettings' },
    });
  }
  const config: Record<string, string> = {};
  for (const [key, declared] of Object.entries(connector.config)) {
    config[key] = settings.config[key] ?? declared.default ?? '';
  }
  const scope = { config, secret: {}, vars: {} };
  const baseUrl = (settings.baseUrl ?? render(connector.baseUrl, scope)).replace(/\/+$/, '');
  const { reads, map } = connector;
  const resolved = {
    ...connector,
    map: withPaths(map, config),
    reads: {
      ...reads,
      full: reads.full.map((read) => withRead(read, config)),
      ...(reads.changes === undefined ? {} : { changes: withRead(reads.changes, config) }),
      ...(reads.one === undefined ? {} : { one: withRead(reads.one, config) }),
    },
  };
  const others = (connector.allowHosts ?? []).map((host) => render(host, scope).toLowerCase());
  const hosts = new Set([new URL(baseUrl).host, ...others]);
  return { connector: resolved, config, secrets: settings.secrets, baseUrl, hosts };
}

function withRead<R extends { map?: Connector['map'] | undefined }>(
  read: R,
  config: Readonly<Record<string, string>>,
): R {
  // Requests are filled in when they are sent, each value encoded for its place.
  const texts = Object.entries(read).filter(([key]) => ['records', 'complete'].includes(key));
  const filled = { ...read, ...fill(Object.fromEntries(texts), config) };
  return read.map === undefined ? filled : { ...filled, map: withPaths(read.map, config) };
}

/** A map whose paths have the values of the configuration. */
function withPaths(
  map: Connector['map'],
  config: Readonly<Record<string, string>>,
): Connector['map'] {
  const fields = Object.entries(map.fields).flatMap(([field, rule]) => {
    const from = [rule.from].flat().filter((path) => !isOpen(path, config));
    return from.length === 0 ? [] : [[field, { ...rule, from }] as const];
  });
  const { effective = {}, ...rest } = map;
  const days = Object.entries(effective).filter(([, path]) => !isOpen(path ?? '', config));
  return fill(
    { ...rest, fields: Object.fromEntries(fields), effective: Object.fromEntries(days) },
    config,
  );
}

function isOpen(path: string, config: Readonly<Record<string, string>>): boolean {
  return references(path).some(
    ({ kind, name }) => kind === 'config' && (config[name] ?? '') === '',
  );
}

/** The value with its texts filled in; texts without a reference stay unchanged. */
function fill<T>(value: T, config: Readonly<Record<string, string>>): T;
function fill(value: unknown, config: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    const text = render(value, { config, secret: {}, vars: {} });
    // A pointer that is only an empty configuration value means the complete value.
    return text === '/' && value !== '/' ? '' : text;
  }
  if (isList(value)) return value.map((item) => fill(item, config));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, config)]));
}
