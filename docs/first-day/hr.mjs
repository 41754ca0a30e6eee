// A small HR system to try a connection file on: numbered pages of two people, a token, a total.
//   node docs/first-day/hr.mjs 8787
// GET /people?page=1&limit=2 with "Authorization: Bearer t-2026"; POST /revoke makes the token invalid.
import { createServer } from 'node:http';

const PEOPLE = [
  { id: 'p1', number: '1002', mail: 'joerg.mueller@example.com', given: 'Jörg', family: 'Müller' },
  { id: 'p2', number: '1004', mail: 'david.klein@example.com', given: 'David', family: 'Klein' },
  { id: 'p3', number: '3001', mail: 'nora.lang@example.com', given: 'Nora', family: 'Lang' },
].map((person) => ({ ...person, state: 'active' }));
const state = { token: 't-2026' };

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const send = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  if (request.method === 'POST' && url.pathname === '/revoke') {
    state.token = null;
    send(200, { revoked: true });
  } else if (request.headers.authorization !== `Bearer ${state.token}`) {
    send(401, { error: 'invalid token' });
  } else if (url.pathname === '/people') {
    const [page, limit] = ['page', 'limit'].map((name) => Number(url.searchParams.get(name)));
    const people = PEOPLE.slice((page - 1) * limit, page * limit);
    send(200, { people, pages: Math.ceil(PEOPLE.length / limit), total: PEOPLE.length });
  } else {
    send(404, {});
  }
});
server.listen(Number(process.argv[2] ?? 8787), '127.0.0.1', () => {
  process.stdout.write('ready\n');
});
