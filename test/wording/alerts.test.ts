import type { AlertData } from '../../domain/alerts/alerts';
import { said } from '../../domain/next';
import { alertMail, webhookBody } from '../../wording/alerts';

const data: AlertData = {
  source: 'hr',
  state: 'overdue',
  next: { do: 'showSource', source: 'hr' },
};

test.each([
  ['as data', data],
  ['as words, by the build before', { ...data, next: said('rollcall sources show hr') }],
])(
  'an alert whose step was stored %s names its command as it works in the folder of Rollcall',
  (_, alert) => {
    const body: unknown = JSON.parse(
      webhookBody({ event: 'overdue', at: new Date(0), data: alert }),
    );
    const { text } = alertMail(alert);

    expect(body).toMatchObject({
      type: 'source.overdue',
      data: { source: 'hr', next: 'npx rollcall sources show hr' },
    });
    expect(text).toMatch(/^npx rollcall sources show hr$/m);
  },
);
