import { alertMail, webhookBody, type AlertData } from '../../../domain/alerts/alerts';

const data: AlertData = { source: 'hr', state: 'overdue', next: 'rollcall sources show hr' };

test('an alert names its command as it works in the folder of Rollcall', () => {
  const body: unknown = JSON.parse(webhookBody({ event: 'overdue', at: new Date(0), data }));
  const { text } = alertMail(data);

  expect(body).toMatchObject({
    type: 'source.overdue',
    data: { source: 'hr', next: 'npx rollcall sources show hr' },
  });
  expect(text).toMatch(/^npx rollcall sources show hr$/m);
});
