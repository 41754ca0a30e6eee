import { generateKeyPairSync } from 'node:crypto';
import { loadStoreConfig } from '../../config/env';

const pem = { type: 'pkcs8', format: 'pem' } as const;
const RSA = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(pem).toString();
const ED25519 = generateKeyPairSync('ed25519').privateKey.export(pem).toString();
const NAMES = { ROLLCALL_DKIM_DOMAIN: 'x.org', ROLLCALL_DKIM_SELECTOR: 'mail' };

const load = (env: Readonly<Record<string, string>>) =>
  loadStoreConfig({
    env: { ROLLCALL_DATABASE_URL: 'postgres://ann@db/people', ...env },
    folder: '/',
  }).delivery;

test('letters are signed with the domain, the selector and the key', () => {
  const { dkim } = load({ ...NAMES, ROLLCALL_DKIM_KEY: RSA });

  expect(dkim).toEqual({ domain: 'x.org', selector: 'mail', privateKey: RSA });
  expect(load({}).dkim).toBeNull();
});

test.each([
  ['no key', {}, /ROLLCALL_DKIM_KEY: is missing/],
  ['a path for a key', { ROLLCALL_DKIM_KEY: '/run/secrets/dkim.pem' }, /must be a private RSA key/],
  ['a key that is not RSA', { ROLLCALL_DKIM_KEY: ED25519 }, /must be a private RSA key/],
])('%s is refused, because letters would go out unsigned', (_, key, said) => {
  expect(() => load({ ...NAMES, ...key })).toThrow(said);
});

test('the address that bounces come to leaves room for the token of a letter', () => {
  const bounces = (address: string) => load({ ROLLCALL_MAIL_BOUNCES: address }).bounces;

  expect(bounces('bounces@example.com')).toBe('bounces@example.com');
  expect(load({}).bounces).toBeNull();
  for (const address of ['fifteen.letters@example.com', 'a+b@example.com', 'A <a@example.com>'])
    expect(() => bounces(address)).toThrow(/ROLLCALL_MAIL_BOUNCES/);
});
