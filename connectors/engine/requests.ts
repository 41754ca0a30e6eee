import type { Call } from '../http/http';
import { withValueAt } from '../declaration/path';
import type { Resolved } from '../declaration/settings';
import type { Inject, RequestDeclaration } from '../declaration/schema';
import { render, renderJson, renderTexts } from '../declaration/template';

/** A value and where it goes. */
export interface Injection {
  readonly at: Inject;
  readonly value: string | number;
}

/** One call before its credentials are added. */
export interface Ask {
  readonly request: RequestDeclaration;
  readonly vars?: Readonly<Record<string, string>>;
  readonly inject?: readonly Injection[];
  /** A next link: instead of path and query. */
  readonly url?: string | undefined;
}

/** The call for an `ask`; `headers`: credentials. */
export function buildCall(
  source: Resolved,
  ask: Ask,
  headers: Readonly<Record<string, string>>,
  secrets: readonly string[],
): Call {
  const { request, inject = [] } = ask;
  const { limits } = source.connector;
  const scope = { config: source.config, secret: source.secrets, vars: ask.vars ?? {} };
  const url = new URL(ask.url ?? source.baseUrl + render(request.path, scope, encoded));
  const sent: Record<string, string> = {
    accept: request.decode === 'csv' ? 'text/csv' : 'application/json',
    ...lowerNames(renderTexts(source.connector.headers, scope)),
    ...lowerNames(renderTexts(request.headers, scope)),
  };
  if (ask.url === undefined) {
    for (const [key, value] of Object.entries(renderTexts(request.query, scope))) {
      url.searchParams.set(key, value);
    }
  }
  for (const { at, value } of inject) {
    if (at.in === 'query') url.searchParams.set(at.name, String(value));
    if (at.in === 'header') sent[at.name.toLowerCase()] = String(value);
  }
  const body = bodyOf(ask, scope, inject);
  if (body !== undefined) {
    const form =
      request.form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
    sent['content-type'] = request.contentType ?? form;
  }
  return {
    method: request.method,
    url: url.href,
    headers: { ...sent, ...headers },
    body,
    hosts: source.hosts,
    secrets,
    maxBytes: limits.maxBytes,
    timeoutMs: limits.timeoutMs,
  };
}

function bodyOf(
  { request }: Ask,
  scope: Parameters<typeof renderJson>[1],
  inject: readonly Injection[],
): string | undefined {
  if (request.method !== 'POST') return undefined;
  const values = inject.filter(({ at }) => at.in === 'body');
  if (request.form !== undefined) {
    const form = new URLSearchParams(renderTexts(request.form, scope));
    for (const { at, value } of values) form.set(at.name, String(value));
    return form.toString();
  }
  if (request.json === undefined && values.length === 0) return undefined;
  const json = renderJson(request.json ?? {}, scope);
  return JSON.stringify(
    values.reduce((body, { at, value }) => withValueAt(body, at.name, value), json),
  );
}

/** An id is one segment of a path; a configured value may be several. */
function encoded(value: string, kind: string): string {
  return kind === 'config' ? encodeURI(value) : encodeURIComponent(value);
}

function lowerNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
