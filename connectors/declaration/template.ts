import { isList, isObject } from './json';

/** The values that templates may refer to. */
export interface Scope {
  readonly config: Readonly<Record<string, string>>;
  readonly secret: Readonly<Record<string, string>>;
  /** `since`, `id`, `ids`, `lastId`, `job`. */
  readonly vars: Readonly<Record<string, string>>;
}

const REFERENCE = /\{(?:(config|secret)\.([A-Za-z][A-Za-z0-9_]*)|(since|ids?|lastId|job))\}/g;

export interface Reference {
  readonly kind: 'config' | 'secret' | 'var';
  readonly name: string;
}

/** The references of a template, in order. */
export function references(template: string): Reference[] {
  return [...template.matchAll(REFERENCE)].map((match) =>
    match[3] === undefined
      ? { kind: match[1] === 'secret' ? 'secret' : 'config', name: match[2] ?? '' }
      : { kind: 'var', name: match[3] },
  );
}

/** The template filled in; `encode` is applied to each value. An unknown value is empty. */
export function render(
  template: string,
  scope: Scope,
  encode: (value: string, kind: Reference['kind']) => string = (value) => value,
): string {
  return template.replace(
    REFERENCE,
    (_, kind: string | undefined, key: string | undefined, variable: string | undefined) => {
      const of = kind === 'config' || kind === 'secret' ? kind : 'var';
      const from = of === 'config' ? scope.config : of === 'secret' ? scope.secret : scope.vars;
      return encode(from[variable ?? key ?? ''] ?? '', of);
    },
  );
}

/** The texts of a form or a query, without those that are one empty reference. */
export function renderTexts(
  texts: Readonly<Record<string, string>> | undefined,
  scope: Scope,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts ?? {})
      .map(([key, text]) => [key, render(text, scope), text] as const)
      .filter(([, value, text]) => value !== '' || references(text).length !== 1)
      .map(([key, value]) => [key, value]),
  );
}

/** A body with its texts filled in. */
export function renderJson(body: unknown, scope: Scope): unknown {
  if (typeof body === 'string') return render(body, scope);
  if (isList(body)) return body.map((item) => renderJson(item, scope));
  if (!isObject(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, item]) => [key, renderJson(item, scope)]),
  );
}

/** Every text within a value, with its path. */
export function textsOf(value: unknown, path = ''): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (isList(value)) return value.flatMap((item, i) => textsOf(item, `${path}/${String(i)}`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    textsOf(item, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}
