import { createTransport } from 'nodemailer';
import { readMessage } from '../../../connectors/delivery/sink/message';

async function compose(mail: Parameters<ReturnType<typeof createTransport>['sendMail']>[0]) {
  const transport = createTransport({ streamTransport: true, buffer: true });
  const { message } = await transport.sendMail(mail);
  if (!Buffer.isBuffer(message)) throw new Error('no message');
  return Buffer.concat([
    Buffer.from('Return-Path: <bounces@x.org>\r\nDelivered-To: zoë@x.org\r\n'),
    message,
  ]);
}

test('a letter is read as it was written: names, subject, both parts, and its envelope', async () => {
  const subject = `Привет, Zoë — ${'длинная строка '.repeat(20)}конец`;
  const raw = await compose({
    from: { name: 'Lernen & Co', address: 'learning@x.org' },
    to: 'zoë@x.org',
    subject,
    text: 'Grüße\nfrom us',
    html: '<p>Grüße</p>',
    messageId: '<c.1.mac@x.org>',
  });

  const read = await readMessage(raw);

  expect(read).toMatchObject({
    ...{ returnPath: 'bounces@x.org', to: 'zoë@x.org', subject, attachments: 0 },
    ...{ from: '"Lernen & Co" <learning@x.org>', messageId: '<c.1.mac@x.org>' },
    ...{ text: 'Grüße\nfrom us', html: expect.stringMatching(/^<p>Grüße<\/p>\s*$/) },
  });
  expect(read.headers.map(({ name }) => name)).not.toContain('Return-Path');
  expect(read.headers.every(({ value }) => !/[\r\n]/.test(value))).toBe(true);
});

test('a part that a letter has not is null, and none is made up', async () => {
  const onlyHtml = await readMessage(await compose({ to: 'zoë@x.org', html: '<p>Hi</p>' }));
  const onlyText = await readMessage(await compose({ to: 'zoë@x.org', text: 'Hi' }));

  expect(onlyHtml).toMatchObject({ text: null, html: expect.any(String), from: null });
  expect(onlyText).toMatchObject({ text: expect.stringMatching(/^Hi\s*$/), html: null });
});
