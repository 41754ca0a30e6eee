import { randomBytes } from 'node:crypto';
import { sendOne, type SendOne } from '../../../activities/delivery/sendOne';
import { parseMessageId } from '../../../connectors/delivery/messageId';
import type { Sending } from '../../../connectors/delivery/smtp/types';
import { newId } from '../../../store/database/db';

const KEY = randomBytes(32);
const NOBODY = {
  ...{ firstName: null, lastName: null, displayName: null, login: null, email: null, code: null },
  ...{ jobTitle: null, department: null, location: null, locale: null, hireDate: null },
};

/** What is handed to the mail server, where bounces come to `bounces`. */
async function sent(campaignId: string, bounces: string | null): Promise<Sending | undefined> {
  const sendings: Sending[] = [];
  const send = (sending: Sending) => {
    sendings.push(sending);
    return Promise.resolve({ code: 250, stage: 'content', streamRead: true } as const);
  };
  const o: SendOne = {
    campaignId,
    claimed: { n: 7, userId: newId(), address: 'ann@example.com', attempts: 0, claim: newId() },
    letter: {
      ...{ subject: 'Hi', text: 'Hi', html: null, variables: [], values: {} },
      category: 'administrative',
    },
    context: {
      user: { ...NOBODY, name: 'Ann', properties: {} },
      organization: { code: null, name: null },
      sender: { name: 'Admin' },
      mail: { fromName: null, replyTo: null },
    },
    mail: {
      sender: {
        ...{ connections: 1, host: 'x', send, close: () => undefined },
        sendUnlessStale: send,
      },
      from: { name: 'Learning', address: 'learning@example.com' },
      ...{ keys: [KEY], dkim: null, bounces, unsubscribe: null, perSecond: null },
    },
    renderer: { render: ({ subject, text, html }) => Promise.resolve({ subject, text, html }) },
    isStale: () => false,
  };
  await sendOne(o);
  return sendings[0];
}

test('bounces of a letter come to an address of its own, which names the delivery', async () => {
  const campaignId = newId();

  const own = await sent(campaignId, 'bounces@mail.example.com');
  const plain = await sent(campaignId, null);

  expect(own?.envelopeFrom).toMatch(/^bounces\+\S+@mail\.example\.com$/);
  expect(parseMessageId(own?.envelopeFrom ?? '', [KEY])).toEqual({ campaignId, n: 7 });
  expect(plain?.envelopeFrom).toBeUndefined();
});
