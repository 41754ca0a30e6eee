import { mailAddressOf } from '../../../domain/users/mailAddress';

test.each([
  ['ann@x.org', '', 'ann@x.org'],
  ['<ann@x.org>', '', 'ann@x.org'],
  ['Learning <ann@x.org>', 'Learning', 'ann@x.org'],
  ['"Learning, Ltd." <ann@x.org>', 'Learning, Ltd.', 'ann@x.org'],
  ['Ann "the pen" Lee <ann@x.org>', 'Ann "the pen" Lee', 'ann@x.org'],
])('%s is %j and %s', (text, name, address) => {
  expect(mailAddressOf(text)).toEqual({ name, address });
});

test.each(['', 'Learning', 'Learning <>', 'a@x.org, b@x.org', '<a@x.org>\r\nBcc: <b@x.org>'])(
  '%j is no address',
  (text) => {
    expect(mailAddressOf(text)).toBeNull();
  },
);
