import { randomBytes } from 'node:crypto';
import {
  bounceAddressOf,
  envelopeIdOf,
  messageIdOf,
  parseMessageId,
} from '../../../connectors/delivery/messageId';
import { newId } from '../../../store/database/db';

const key = randomBytes(32);
const ref = { campaignId: newId(), n: 1_000_000 };

test('a message id names its delivery again, wherever it is quoted and in any case', () => {
  const id = messageIdOf({ ...ref, domain: 'mail.example.com', key });

  expect(parseMessageId(`In-Reply-To: ${id}\r\n`, [randomBytes(32), key])).toEqual(ref);
  expect(parseMessageId(`x-original: ${id.toUpperCase()}`, [key])).toEqual(ref);
  expect(parseMessageId(`bounces+${envelopeIdOf(ref, key)}@example.com`, [key])).toEqual(ref);
});

test('an id that was not made with the key names nothing', () => {
  const id = messageIdOf({ ...ref, domain: 'mail.example.com', key });

  expect(parseMessageId(id, [randomBytes(32)])).toBeNull();
  expect(parseMessageId(id.replace('.1000000.', '.1000001.'), [key])).toBeNull();
  expect(parseMessageId('<20261204.hello@example.com>', [key])).toBeNull();
});

test('an id is short enough for ENVID, which holds 100 characters', () => {
  expect(envelopeIdOf({ ...ref, n: 2_000_000 }, key).length).toBeLessThanOrEqual(100);
});

test('the address that bounces come to names its delivery, in any case, and is short enough', () => {
  const most = { ...ref, n: 2_000_000 };
  const address = bounceAddressOf('fourteen.chars@example.com', most, key);

  expect(parseMessageId(`To: <${address}>`, [randomBytes(32), key])).toEqual(most);
  expect(parseMessageId(address.toUpperCase(), [key])).toEqual(most);
  expect(parseMessageId(address, [randomBytes(32)])).toBeNull();
  expect(address.indexOf('@')).toBeLessThanOrEqual(64);
});
