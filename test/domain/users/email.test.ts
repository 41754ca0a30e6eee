import fc from 'fast-check';
import { regexes } from 'zod';
import { isEmail } from '../../../domain/users/email';

/** The same rule, part by part: HTML's expression, dots, lengths. */
function reference(value: string): boolean {
  const local = value.slice(0, value.indexOf('@'));
  return (
    regexes.html5Email.test(value) &&
    !/^\.|\.\.|\.$/.test(local) &&
    local.length <= 64 &&
    value.length <= 254
  );
}

describe('isEmail', () => {
  it.each([
    'a@x.example',
    'Georgi.Facello.10001@staff.example',
    "o'neil+list@sub.example.co.uk",
    '!#$%&*/=?^_`{|}~-@x.example',
    'root@localhost',
    `${'l'.repeat(64)}@x.example`,
    `a@${'d'.repeat(63)}.example`,
  ])('takes %s', (value) => {
    expect(isEmail(value)).toBe(true);
  });

  it.each([
    '',
    '@',
    'a@',
    '@x.example',
    'a b@x.example',
    'a@b@x.example',
    '.a@x.example',
    'a.@x.example',
    'a..b@x.example',
    'a@.example',
    'a@x.',
    'a@x..example',
    'a@-x.example',
    'a@x-.example',
    'a@x_y.example',
    'a@x.example\n',
    'ä@x.example',
    'a@ä.example',
    'a@x.example\u2028',
    '"a b"@x.example',
    'Ann <a@x.example>',
    `${'l'.repeat(65)}@x.example`,
    `a@${'d'.repeat(64)}.example`,
    `a@${'d.'.repeat(127)}example`,
  ])('refuses %j', (value) => {
    expect(isEmail(value)).toBe(false);
  });

  it('agrees with the expression of the HTML standard, dots and lengths beside it', () => {
    const soup = fc
      .array(
        fc.constantFrom('a', '@', '.', '-', '+', '_', 'Z', '9', ' ', 'é', '"', 'l'.repeat(60)),
        {
          maxLength: 9,
        },
      )
      .map((parts) => parts.join(''));
    const likely = fc.tuple(soup, soup).map((parts) => parts.join('@'));
    fc.assert(
      fc.property(fc.oneof(soup, likely, fc.emailAddress()), (value) => {
        expect(isEmail(value)).toBe(reference(value));
      }),
      { numRuns: 5_000 },
    );
  });
});
