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

test('the alert of a run of records says what the run is of, and counts these', () => {
  const { subject, text } = alertMail({
    ...{ source: 'learner records', state: 'held', kind: 'import', subject: 'enrollments' },
    held: [{ gate: 'expect', count: 6, limit: 5 }],
    next: { do: 'showRun', run: 'R' },
  });

  expect(subject).toBe('Rollcall: the import of enrollments is held');
  expect(text).toContain('You expected 5 enrollments, but 6 would be changed.');
});
