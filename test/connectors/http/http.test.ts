import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from '../../../connectors/http/addresses';
import type { Call, HttpOptions } from '../../../connectors/http/http';
import { createHttp } from '../../../connectors/http/http';
import { redact } from '../../../connectors/http/redact';
import { Fault } from '../../../domain/faults';
import { stepWords } from '../../support/words';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function serve(handle: (q: IncomingMessage, a: ServerResponse) => void): Promise<string> {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return `127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : 0)}`;
}

const get = (url: string, more: Partial<Call> = {}): Call => ({
  method: 'GET',
  url,
  headers: {},
  hosts: new Set(),
  secrets: [],
  ...more,
});

/** The fault that a call ends with. */
async function faultOf(call: Call, options: HttpOptions = {}): Promise<Fault> {
  const http = createHttp(options);
  try {
    await http.call(call);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  } finally {
    http.close();
  }
  throw new Error('It was answered.');
}

/** A name server that answers with these addresses. */
const names =
  (...addresses: string[]): LookupFunction =>
  (_, options, callback) => {
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all === true) callback(null, all);
    else callback(null, all[0]!.address, all[0]!.family);
  };

describe('where a call may go', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    '2001::1',
    'ff02::1',
    'not an address',
  ])('%s is not a public address', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    '%s is a public address',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );

  it.each([
    ['http://people.example/', 'host_refused'],
    ['https://127.0.0.1/', 'host_refused'],
    ['https://2130706433/', 'host_refused'],
    ['https://0x7f.1/', 'host_refused'],
    ['https://[::1]/', 'host_refused'],
    ['https://[::ffff:127.0.0.1]/', 'host_refused'],
    ['https://169.254.169.254/latest/meta-data', 'host_refused'],
  ])('%s is refused', async (url, code) => {
    expect(await faultOf(get(url))).toMatchObject({ kind: 'invalid', code });
  });

  it.each([[['10.0.0.7']], [['::1', '192.168.0.9']]])(
    'a public name that leads to %s is refused',
    async (addresses) => {
      const fault = await faultOf(get('https://people.example/'), { lookup: names(...addresses) });

      expect(fault).toMatchObject({ kind: 'invalid', code: 'host_refused' });
      expect(stepWords(fault.next)).toContain('ROLLCALL_ALLOW_PRIVATE_HOSTS=people.example');
    },
  );

  it('a host that is allowed by name is called, also by plain http', async () => {
    const host = await serve((_, answer) => answer.end('[]'));
    const port = host.split(':')[1] ?? '';
    const http = createHttp({ allowPrivateHosts: ['people.example'], lookup: names('127.0.0.1') });

    const answer = await http.call(get(`http://people.example:${port}/`));
    http.close();

    expect(answer).toMatchObject({ status: 200, body: '[]' });
  });
});

describe('a redirect', () => {
  it('on the same host is followed with the credentials', async () => {
    const seen: (string | undefined)[] = [];
    const host = await serve((request, answer) => {
      seen.push(request.headers.authorization);
      if (request.url === '/a') answer.writeHead(302, { location: '/b' }).end();
      else answer.end('there');
    });
    const http = createHttp({ allowPrivateHosts: [host] });

    const answer = await http.call(
      get(`http://${host}/a`, { headers: { authorization: 'Bearer x' } }),
    );
    http.close();

    expect(answer.body).toBe('there');
    expect(seen).toEqual(['Bearer x', 'Bearer x']);
  });

  it('to another allowed host is followed without any credentials', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const other = await serve((request, answer) => {
      seen.push(request.headers);
      answer.end('file');
    });
    const host = await serve((_, answer) =>
      answer.writeHead(302, { location: `http://${other}/file` }).end(),
    );
    const http = createHttp({ allowPrivateHosts: [host, other] });
    const headers = { authorization: 'Bearer x', 'x-api-key': 'k', accept: 'application/json' };

    const answer = await http.call(get(`http://${host}/`, { headers, hosts: new Set([other]) }));
    http.close();

    expect(answer.body).toBe('file');
    expect(seen[0]).not.toHaveProperty('authorization');
    expect(seen[0]).not.toHaveProperty('x-api-key');
  });

  it('of a POST, and one without an end, are refused', async () => {
    const host = await serve((_, answer) => answer.writeHead(302, { location: '/again' }).end());
    const options = { allowPrivateHosts: [host] };

    const post = await faultOf(get(`http://${host}/`, { method: 'POST', body: '{}' }), options);
    const round = await faultOf(get(`http://${host}/`), options);

    expect(post.code).toBe('redirect_refused');
    expect(round).toMatchObject({
      code: 'redirect_refused',
      message: `${host} redirects without an end.`,
    });
  });
});

describe('an answer', () => {
  it('in its own charset is read, and in broken bytes it is refused', async () => {
    const host = await serve((request, answer) => {
      if (request.url === '/latin1')
        answer.setHeader('content-type', 'text/csv; charset=iso-8859-1');
      answer.end(Buffer.from('M\u00fcller', 'latin1'));
    });
    const http = createHttp({ allowPrivateHosts: [host] });
    const latin1 = await http.call(get(`http://${host}/latin1`));
    http.close();

    expect(latin1.body).toBe('Müller');
    expect(await faultOf(get(`http://${host}/`), { allowPrivateHosts: [host] })).toMatchObject({
      kind: 'unavailable',
      code: 'source_bad_encoding',
    });
  });

  it('that never comes, or a missing host, is worth another try', async () => {
    const host = await serve(() => undefined);
    const silent = await faultOf(get(`http://${host}/`), {
      allowPrivateHosts: [host],
      answerMs: 50,
    });
    const gone = await faultOf(get('http://127.0.0.1:1/'), { allowPrivateHosts: ['127.0.0.1:1'] });

    expect(silent).toMatchObject({ kind: 'unavailable', code: 'source_timeout' });
    expect(gone).toMatchObject({ kind: 'unavailable', code: 'source_unreachable' });
    expect(gone.message).toContain('ECONNREFUSED');
  });
});

describe('a fault of a call', () => {
  it('carries nothing of what was sent', async () => {
    const call = get('http://127.0.0.1:1/people?token=canary', {
      headers: { authorization: 'Bearer canary' },
      secrets: ['canary'],
    });

    const fault = await faultOf(call, { allowPrivateHosts: ['127.0.0.1'] });

    expect(
      JSON.stringify([fault.message, fault.next, fault.stack, String(fault.cause)]),
    ).not.toContain('canary');
  });

  it('has secrets taken out in each form they were sent in', () => {
    const text = 'a key+1/2 b key%2B1%2F2 c a2V5KzEvMg== d';

    expect(redact(text, ['key+1/2', 'b'])).toBe('a [redacted] b [redacted] c [redacted] d');
  });
});
