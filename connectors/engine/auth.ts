import { createSign } from 'node:crypto';
import { Fault } from '../../domain/faults';
import { decode } from './decode';
import { credentialsRefused } from './errors';
import { sha256 } from '../declaration/hash';
import type { Answer, Call, Http } from '../http/http';
import { scalar, wholeNumber } from '../declaration/json';
import { at } from '../declaration/path';
import { buildCall } from './requests';
import type { Resolved } from '../declaration/settings';
import type { AuthDeclaration } from '../declaration/schema';
import { render, renderTexts } from '../declaration/template';

/** A token and when it expires (epoch ms). */
export interface Token {
  readonly value: string;
  readonly expiresAt: number;
}

/**
 * The tokens of this process, so that a source that is read again a minute later needs no new one.
 */
export interface TokenCache {
  readonly tokens: Map<string, Token>;
}

/** One cache for each process. */
export function createTokenCache(): TokenCache {
  return { tokens: new Map() };
}

/** A vendor replaced a secret (a rotated refresh token): store it before the old one expires. */
export type OnSecretChanged = (name: string, value: string) => Promise<void>;

export interface AuthInput {
  readonly source: Resolved;
  readonly http: Http;
  readonly clock: () => number;
  readonly onSecretChanged?: OnSecretChanged | undefined;
  readonly tokens?: TokenCache | undefined;
}

export interface Authenticator {
  /** @throws Fault `forbidden`/`credentials_refused`, `unavailable`. */
  headers(): Promise<Record<string, string>>;
  /** Forgets the token; false where there is none that could be fetched again. */
  refresh(): boolean;
  /** Texts that no message may repeat. */
  readonly secrets: () => readonly string[];
}

/** A token is renewed this long before it expires. */
const EARLY_MS = 60_000;
const DEFAULT_TTL_S = 1_800;

/** Makes the headers that authenticate a call; tokens are kept in memory only. */
export function openAuth(input: AuthInput): Authenticator {
  const { auth } = input.source.connector;
  const secret: Record<string, string> = { ...input.source.secrets };
  const { tokens } = input.tokens ?? createTokenCache();
  const key = cacheKey(input.source);
  const state: { token: Token | null; pending: Promise<Token> | null } = {
    token: tokens.get(key) ?? null,
    pending: null,
  };
  const fetchToken = async (): Promise<Token> => {
    state.pending ??= askToken(input, secret).finally(() => {
      state.pending = null;
    });
    state.token = await state.pending;
    tokens.set(key, state.token);
    return state.token;
  };
  const fill = (template: string): string =>
    render(template, { config: input.source.config, secret, vars: {} });
  return {
    headers: async () => {
      switch (auth.type) {
        case 'none':
          return {};
        case 'basic':
          return { authorization: basic(fill(auth.user), fill(auth.pass)) };
        case 'bearer':
          return { authorization: `Bearer ${fill(auth.token)}` };
        case 'header':
          return { [fill(auth.name).toLowerCase()]: fill(auth.value) };
        default: {
          const fresh = state.token !== null && state.token.expiresAt - EARLY_MS > input.clock();
          const token = fresh && state.token !== null ? state.token : await fetchToken();
          if (auth.type !== 'exchange') {
            return { authorization: `${auth.prefix ?? 'Bearer '}${token.value}` };
          }
          return { [auth.send.header.toLowerCase()]: `${auth.send.prefix ?? ''}${token.value}` };
        }
      }
    },
    refresh: () => {
      if (['none', 'basic', 'bearer', 'header'].includes(auth.type)) return false;
      state.token = null;
      tokens.delete(key);
      return true;
    },
    secrets: () => [...Object.values(secret), ...(state.token === null ? [] : [state.token.value])],
  };
}

/**
 * The credentials that a token was fetched with; replacing a refresh token does not change them.
 */
function cacheKey({ connector, config, baseUrl, secrets }: Resolved): string {
  const { auth } = connector;
  const rotated = auth.type === 'oauth2' ? auth.refreshToken : undefined;
  const lasting = Object.entries(secrets).filter(([name]) => name !== rotated);
  return sha256([auth, config, baseUrl, Object.fromEntries(lasting)]);
}

async function askToken(input: AuthInput, secret: Record<string, string>): Promise<Token> {
  const { source, http, clock } = input;
  const { auth, name } = source.connector;
  const answer = await http.call(tokenCall({ ...source, secrets: secret }, clock()));
  const decoded = decode(answer, 'json');
  if (answer.status >= 500 || answer.status === 429 || !decoded.ok) throw notNow(name, answer);
  const { tokenPath = '/access_token', expiresPath = '/expires_in' } =
    auth.type === 'oauth2' || auth.type === 'jwtBearer' || auth.type === 'exchange'
      ? auth
      : { tokenPath: '' };
  const value = scalar(at(decoded.body, tokenPath));
  if (answer.status >= 300 || value === null) {
    throw credentialsRefused(
      `${name} gives no token for these credentials (${String(answer.status)}).`,
    );
  }
  const rotated = scalar(at(decoded.body, '/refresh_token'));
  if (auth.type === 'oauth2' && auth.refreshToken !== undefined && rotated !== null) {
    if (rotated !== secret[auth.refreshToken]) {
      secret[auth.refreshToken] = rotated;
      await input.onSecretChanged?.(auth.refreshToken, rotated);
    }
  }
  const ttl = wholeNumber(at(decoded.body, expiresPath));
  const fallbackMs = auth.type === 'exchange' ? auth.ttlMs : undefined;
  const ttlMs = ttl === null ? (fallbackMs ?? DEFAULT_TTL_S * 1_000) : ttl * 1_000;
  return { value, expiresAt: clock() + Math.max(ttlMs, 2 * EARLY_MS) };
}

function notNow(name: string, answer: Answer): Fault {
  return new Fault('unavailable', {
    code: 'source_failing',
    message: `${name} gives no token now (${String(answer.status)}).`,
  });
}

function tokenCall(source: Resolved, now: number): Call {
  const { auth } = source.connector;
  const secrets = Object.values(source.secrets);
  const scope = { config: source.config, secret: source.secrets, vars: {} };
  if (auth.type === 'exchange') return buildCall(source, { request: auth.request }, {}, secrets);
  if (auth.type !== 'oauth2' && auth.type !== 'jwtBearer')
    throw new Error(`No token: ${auth.type}`);
  const form = new URLSearchParams({
    ...renderTexts(auth.form, scope),
    ...grant(auth, scope, now),
  });
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  };
  if (auth.type === 'oauth2') {
    const [id, key] = [render(auth.clientId, scope), render(auth.clientSecret, scope)];
    if (auth.clientAuth === 'basic') {
      // RFC 6749, 2.3.1: form-encoded before they are joined.
      headers['authorization'] = basic(encodeURIComponent(id), encodeURIComponent(key));
    } else {
      form.set('client_id', id);
      form.set('client_secret', key);
    }
  }
  const path = render(auth.tokenUrl, scope, (value, kind) =>
    kind === 'config' ? encodeURI(value) : value,
  );
  const url = path.startsWith('/') ? source.baseUrl + path : path;
  return {
    method: 'POST',
    url,
    headers,
    body: form.toString(),
    hosts: new Set([new URL(url).host]),
    secrets,
    timeoutMs: source.connector.limits.timeoutMs,
  };
}

function grant(
  auth: Extract<AuthDeclaration, { type: 'oauth2' | 'jwtBearer' }>,
  scope: Parameters<typeof renderTexts>[1],
  now: number,
): Record<string, string> {
  if (auth.type === 'jwtBearer') {
    const claims = {
      iss: render(auth.issuer, scope),
      sub: render(auth.subject, scope),
      aud: render(auth.audience, scope),
      exp: Math.floor(now / 1_000) + auth.ttlS,
    };
    return {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: signedJwt(claims, render(auth.key, scope)),
    };
  }
  if (auth.grant === 'refresh_token') {
    const refresh = scope.secret[auth.refreshToken ?? 'refreshToken'] ?? '';
    return { grant_type: 'refresh_token', refresh_token: refresh };
  }
  const wanted = auth.scope === undefined ? '' : render(auth.scope, scope);
  return { grant_type: 'client_credentials', ...(wanted === '' ? {} : { scope: wanted }) };
}

/**
 * A JWT signed with RS256 (RFC 7519, RFC 7518). @throws Fault `forbidden` when the key is not one.
 */
function signedJwt(claims: object, key: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  try {
    return `${head}.${createSign('RSA-SHA256').update(head).sign(key, 'base64url')}`;
  } catch {
    throw credentialsRefused('The private key is not a PEM of an RSA key.');
  }
}

function basic(user: string, pass: string): string {
  return `Basic ${Buffer.from(`${user}:${pass}`).toString('base64')}`;
}
