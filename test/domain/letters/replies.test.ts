import {
  closingOf,
  MAX_EQUAL_REFUSALS,
  outcomeOf,
  OUTCOMES,
  refusalOf,
  RETRY_MINUTES,
  type Outcome,
} from '../../../domain/letters/replies';
import type { Reply, ReplyStage } from '../../../domain/letters/reply';

const at = (stage: ReplyStage, code?: number, enhanced?: string): Reply => ({
  stage,
  ...(code === undefined ? {} : { code }),
  ...(enhanced === undefined ? {} : { enhanced }),
  streamRead: stage === 'content',
});

const CASES: readonly (readonly [string, Reply, Outcome])[] = [
  ['2xx after the dot', at('content', 250, '2.0.0'), 'accepted'],
  ['an address that is none', at('address'), 'recipient'],
  ['5xx at RCPT', at('rcpt', 550, '5.1.1'), 'recipient'],
  ['5xx at RCPT without an enhanced code', at('rcpt', 550), 'recipient'],
  ['relay denied at RCPT', at('rcpt', 554, '5.7.1'), 'refused'],
  ['no such command at RCPT', at('rcpt', 503, '5.5.1'), 'server'],
  ['a login that is wanted at RCPT', at('rcpt', 530), 'server'],
  ['a sender without a domain', at('rcpt', 504, '5.5.2'), 'server'],
  [
    'a recipient without a domain',
    { ...at('rcpt', 504, '5.5.2'), quotesRecipient: true },
    'recipient',
  ],
  ['the domain of the sender at RCPT', at('rcpt', 550, '5.1.8'), 'server'],
  ['what Outlook says of an unknown mailbox', at('rcpt', 550, '5.5.0'), 'recipient'],
  ['a letter too large for a mailbox', at('content', 552, '5.2.3'), 'server'],
  ['a letter too large for the server', at('rcpt', 552, '5.3.4'), 'server'],
  ['5.1.x after DATA', at('content', 550, '5.1.1'), 'recipient'],
  ['5.2.x after DATA', at('content', 552, '5.2.2'), 'recipient'],
  ['another 5xx after DATA', at('content', 554, '5.6.0'), 'refused'],
  ['5xx as the reply to DATA', at('data', 554, '5.5.1'), 'refused'],
  ['4xx at RCPT', at('rcpt', 450, '4.2.0'), 'deferred'],
  ['4xx at DATA', at('data', 451), 'deferred'],
  ['4xx after the dot', at('content', 451), 'deferred'],
  ['421 at MAIL', at('mail', 421), 'deferred'],
  ['421 at RCPT', at('rcpt', 421), 'deferred'],
  ['421 after the dot', at('content', 421), 'deferred'],
  ['a 421 greeting', at('connect', 421), 'nothing'],
  ['421 at EHLO', at('hello', 421), 'nothing'],
  ['no connection', at('connect'), 'nothing'],
  ['a reset before DATA', at('rcpt'), 'nothing'],
  ['no STARTTLS', at('hello', 502), 'nothing'],
  ['4xx at MAIL', at('mail', 452, '4.3.1'), 'nothing'],
  ['4xx at AUTH', at('auth', 454), 'nothing'],
  ['no reply, message read', at('content'), 'perhaps'],
  ['a reply after the dot that is none', at('content', 354), 'perhaps'],
  ['AUTH refused', at('auth', 535, '5.7.8'), 'server'],
  ['no way to log in', at('auth'), 'server'],
  ['5xx at MAIL FROM', at('mail', 550, '5.7.1'), 'server'],
];

test.each(CASES)('%s', (_, reply, outcome) => {
  expect(outcomeOf(reply)).toBe(outcome);
});

test('every outcome is met by a case', () => {
  expect(new Set(CASES.map(([, , outcome]) => outcome))).toEqual(new Set(OUTCOMES));
});

test('nothing is called accepted or failed without a reply that says so', () => {
  const stages: readonly ReplyStage[] = [
    'connect',
    'hello',
    'auth',
    'mail',
    'rcpt',
    'data',
    'content',
  ];

  const silent = stages.map((stage) => outcomeOf(at(stage)));

  expect(silent).not.toContain('accepted');
  expect(silent).not.toContain('recipient');
  expect(outcomeOf({ stage: 'content', streamRead: true })).toBe('perhaps');
});

test('a deferred delivery is tried for a day, then it failed', () => {
  const reply = at('rcpt', 450);

  const closings = [...RETRY_MINUTES, 0].map((_, attempts) =>
    closingOf('deferred', reply, attempts),
  );

  expect(closings.map(({ nextMinutes }) => nextMinutes)).toEqual([
    5,
    15,
    60,
    120,
    240,
    480,
    520,
    null,
  ]);
  expect(RETRY_MINUTES.reduce((all, minutes) => all + minutes, 0)).toBe(24 * 60);
  expect(closings.at(-1)).toMatchObject({ state: 'failed', reason: 'no_more_tries' });
});

test('what was not sent is planned again and is no attempt', () => {
  expect(closingOf('nothing', at('connect'), 3)).toEqual({
    ...{ state: 'planned', reason: null, nextMinutes: null, counted: false },
  });
  expect(closingOf('server', at('auth', 535), 3)).toMatchObject({
    state: 'planned',
    counted: false,
  });
});

test('equal refusals are counted in a row, which an accepted letter ends', () => {
  expect(refusalOf(at('content', 554, '5.6.0'))).toBe('content 554 5.6.0');
  expect(refusalOf(at('hello', 502))).toBe('hello 502');
  expect(refusalOf(at('content', 250))).toBeNull();
  expect(refusalOf(at('rcpt', 550, '5.1.1'))).toBeNull();
  expect(refusalOf({ ...at('rcpt', 550), words: 'ab' })).toBe('rcpt 550  ab');
  expect(refusalOf(at('address'))).toBeNull();
  expect(refusalOf(at('connect'))).toBeUndefined();
  expect(MAX_EQUAL_REFUSALS).toBe(10);
});
