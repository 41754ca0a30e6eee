import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createTokenCache, openAuth } from '../../../connectors/engine/auth';
import type { AuthInput } from '../../../connectors/engine/auth';
import { connectorType } from '../../../connectors/vendors';
import { openReader } from '../../../connectors/engine/engine';
import type { Call, Http } from '../../../connectors/http/http';
import { resolveSettings } from '../../../connectors/declaration/settings';
import type { Settings } from '../../../connectors/declaration/settings';
import type { Connector } from '../../../connectors/declaration/schema';
import { Fault } from '../../../domain/faults';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const NOW = Date.UTC(2026, 5, 1);

function tokenServer(
  answer: (call: Call, n: number) => { status?: number; body: unknown },
): Http & {
  readonly calls: Call[];
} {
  const calls: Call[] = [];
  return {
    calls,
    close: () => undefined,
    call: async (call) => {
      calls.push(call);
      const { status = 200, body } = answer(call, calls.length);
      return { status, headers: {}, body: JSON.stringify(body), ms: 1 };
    },
  };
}

function open(
  type: Connector | string,
  settings: Settings,
  more: Omit<AuthInput, 'source' | 'clock'> & { clock?: () => number },
): ReturnType<typeof openAuth> {
  const connector = typeof type === 'string' ? connectorType(type)! : type;
  return openAuth({ source: resolveSettings(connector, settings), clock: () => NOW, ...more });
}

const ENTRA: Settings = {
  config: { tenant: 'acme', clientId: 'app' },
  secrets: { clientSecret: 's&cret' },
};

describe('client credentials', () => {
  it('are exchanged once for all callers, until the token is about to end', async () => {
    const clock = { now: NOW };
    const http = tokenServer((_, n) => ({
      body: { access_token: `t${String(n)}`, expires_in: 3_600 },
    }));
    const auth = open('entra', ENTRA, { http, clock: () => clock.now });

    const first = await Promise.all([auth.headers(), auth.headers(), auth.headers()]);
    clock.now += 3_530_000;
    const later = await auth.headers();
    clock.now += 20_000;
    const renewed = await auth.headers();

    expect(first.map(({ authorization }) => authorization)).toEqual(Array(3).fill('Bearer t1'));
    expect(later['authorization']).toBe('Bearer t1');
    expect(renewed['authorization']).toBe('Bearer t2');
    expect(http.calls[0]).toMatchObject({
      method: 'POST',
      url: 'https://login.microsoftonline.com/acme/oauth2/v2.0/token',
      body: 'grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_id=app&client_secret=s%26cret',
    });
  });

  it('may go in the header instead of the body', async () => {
    const entra = connectorType('entra')!;
    const http = tokenServer(() => ({ body: { access_token: 't' } }));
    const basic = { ...entra, auth: { ...entra.auth, clientAuth: 'basic' } } as Connector;

    await open(basic, ENTRA, { http }).headers();

    const sent = http.calls[0]!;
    expect(Buffer.from(sent.headers['authorization']!.slice(6), 'base64').toString()).toBe(
      'app:s%26cret',
    );
    expect(sent.body).not.toContain('cret');
  });

  it('that are refused are a fault of their own, and a server that is down is not', async () => {
    const refused = open('entra', ENTRA, {
      http: tokenServer(() => ({ status: 401, body: { error: 'invalid_client' } })),
    });
    const down = open('entra', ENTRA, { http: tokenServer(() => ({ status: 503, body: {} })) });

    await expect(refused.headers()).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'credentials_refused',
    });
    await expect(down.headers()).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'source_failing',
    });
  });

  it('give one token to all readers of a process that share a cache', async () => {
    const tokens = createTokenCache();
    const http = tokenServer((_, n) => ({ body: { access_token: `t${String(n)}` } }));

    await open('entra', ENTRA, { http, tokens }).headers();
    const again = open('entra', ENTRA, { http, tokens });
    const other = open('entra', { ...ENTRA, secrets: { clientSecret: 'other' } }, { http, tokens });

    expect((await again.headers())['authorization']).toBe('Bearer t1');
    expect((await other.headers())['authorization']).toBe('Bearer t2');
    expect(again.refresh()).toBe(true);
    expect((await again.headers())['authorization']).toBe('Bearer t3');
  });
});

describe('a signed assertion', () => {
  const settings = (privateKey: string): Settings => ({
    config: { instance: 'https://acme.my.salesforce.com', username: 'sync@acme.example' },
    secrets: { consumerKey: 'consumer', privateKey },
  });

  it('names its issuer, its receiver and its expiry, and is signed with the key', async () => {
    const http = tokenServer(() => ({ body: { access_token: 't' } }));

    await open('salesforce', settings(PEM), { http }).headers();

    const assertion = new URLSearchParams(http.calls[0]!.body).get('assertion')!;
    const [head = '', claims = '', signature = ''] = assertion.split('.');
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(read(head)).toEqual({ alg: 'RS256', typ: 'JWT' });
    expect(read(claims)).toEqual({
      iss: 'consumer',
      sub: 'sync@acme.example',
      aud: 'https://login.salesforce.com',
      exp: NOW / 1_000 + 180,
    });
    const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
    expect(verify.verify(publicKey, signature, 'base64url')).toBe(true);
  });

  it('with an invalid key is refused without showing the key', async () => {
    const http = tokenServer(() => ({ body: {} }));
    const error: unknown = await open('salesforce', settings('canary-key'), { http })
      .headers()
      .catch((fault: unknown) => fault);

    expect(error).toMatchObject({ code: 'credentials_refused' });
    expect(error instanceof Fault && error.message).not.toContain('canary');
    expect(http.calls).toHaveLength(0);
  });
});

describe('a fault of a source', () => {
  it('does not repeat a secret that the vendor echoes', async () => {
    const http = tokenServer(() => ({ status: 403, body: { error: 'canary-token' } }));
    const reader = openReader({
      connector: connectorType('scim')!,
      config: { url: 'https://idp.example/scim' },
      secrets: { token: 'canary-token' },
      http,
      clock: () => NOW,
      random: () => 0.5,
    });
    const error: unknown = await reader
      .next(reader.begin({ mode: 'full', cursor: null }))
      .catch((fault: unknown) => fault);

    expect(error).toMatchObject({
      code: 'access_refused',
      message: 'SCIM 2.0 answered 403, [redacted]: the account may not read this.',
    });
  });
});
