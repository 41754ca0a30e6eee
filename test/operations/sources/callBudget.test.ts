import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { addSource } from '../../../operations/sources/addSource';
import { openSource, type SourceDeps } from '../../../operations/sources/openSource';
import { testDatabase } from '../../support/postgres';
import { ownerOf } from '../support';

const store = testDatabase();
const keys = [randomBytes(32)];
const TOKEN = 'canary-token-57';
const vendor = { url: '', asked: 0, close: async (): Promise<void> => undefined };

beforeAll(async () => {
  const server = createServer((request, response) => {
    vendor.asked++;
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end('{"employees": []}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  vendor.url = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}/v1`;
  vendor.close = async () => {
    await new Promise((done) => server.close(done));
  };
});
afterAll(async () => vendor.close());
beforeEach(async () => {
  vendor.asked = 0;
  await store.db.pool.query('delete from call_budget');
});

function deps(): SourceDeps {
  return { db: store.db, keys, allowPrivateHosts: [new URL(vendor.url).host] };
}

async function add(name: string, token: string): Promise<string> {
  await addSource(
    { ...ownerOf(store), ...deps() },
    {
      name,
      type: 'hibob',
      config: {},
      secrets: { serviceUserId: 'SU-1', token },
      baseUrl: vendor.url,
    },
  );
  const { rows } = await store.db.pool.query<{ id: string }>(
    'select id from source where name = $1',
    [name],
  );
  return rows[0]?.id ?? '';
}

/** The result of the first call for a source. */
async function firstCall(sourceId: string): Promise<string> {
  const { reader, close } = await openSource(deps(), sourceId);
  const result = await reader.next(reader.begin({ mode: 'full', cursor: null }));
  close();
  return result.kind === 'wait' ? result.reason : result.kind;
}

async function budgets(): Promise<string[]> {
  const { rows } = await store.db.pool.query<{ key: string }>('select key from call_budget');
  return rows.map(({ key }) => key);
}

test('two sources with one credential take turns; one with its own does not wait', async () => {
  const [one, same, other] = [
    await add('one', TOKEN),
    await add('same', TOKEN),
    await add('other', 'another-token'),
  ];

  const results = [await firstCall(one), await firstCall(same), await firstCall(other)];

  expect(results).toEqual(['page', 'budget', 'page']);
  expect(vendor.asked).toBe(2);
  expect(await budgets()).toHaveLength(2);
});

test('what the store keeps of a credential does not reveal it', async () => {
  const sourceId = await add('told', TOKEN);

  await firstCall(sourceId);

  const kept = await budgets();
  expect(kept).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect(JSON.stringify(kept)).not.toContain(TOKEN);
});
