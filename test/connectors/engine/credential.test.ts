import { credentialKey } from '../../../connectors/engine/credential';
import { connectorType } from '../../../connectors/vendors';

const KEY = Buffer.alloc(32, 1);

function keyOf(
  type: string,
  o: {
    config?: Record<string, string>;
    secrets?: Record<string, string>;
    ownerId?: string;
    key?: Buffer;
  } = {},
): string {
  const { config = {}, secrets = {}, ownerId = 'a', key = KEY } = o;
  return credentialKey(connectorType(type)!, { config, secrets }, { key, ownerId });
}

const REST = { url: 'https://staff.example', path: '/people', idPath: 'id', statusPath: 'state' };

test('a credential has one key, whatever is read with it and by which source', () => {
  const secrets = { token: 'Bearer x' };
  const one = keyOf('restGeneric', { config: REST, secrets });

  const same = keyOf('restGeneric', { config: { ...REST, path: '/hosts' }, secrets, ownerId: 'b' });

  expect(same).toBe(one);
});

test.each([
  ['another secret', { config: REST, secrets: { token: 'Bearer y' } }],
  ['another address', { config: { ...REST, url: 'https://hr.example' } }],
  ['another header', { config: { ...REST, header: 'X-Key' } }],
  ['another key of the installation', { key: Buffer.alloc(32, 2) }],
])('%s is another credential', (_, other) => {
  const given = { config: REST, secrets: { token: 'Bearer x' } };

  expect(keyOf('restGeneric', { ...given, ...other })).not.toBe(keyOf('restGeneric', given));
});

test('a credential that the vendor replaces keeps its key, and is of one source', () => {
  const config = { companyId: '7e2a0000-0000-4000-8000-0000000000c0', clientId: 'client' };
  const secrets = { clientSecret: 'secret', refreshToken: 'first' };
  const one = keyOf('gusto', { config, secrets });

  expect(keyOf('gusto', { config, secrets: { ...secrets, refreshToken: 'next' } })).toBe(one);
  expect(keyOf('gusto', { config, secrets, ownerId: 'b' })).not.toBe(one);
});
