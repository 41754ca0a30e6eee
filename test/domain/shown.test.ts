import { isPasteable, listed, shown } from '../../domain/shown';
import { resolveHeader } from '../../connectors/csv/columns';
import { wordsOfFailing } from '../support/words';

const ASK = { line: 1, columns: undefined, ignoreUnknown: false, properties: [] } as const;

describe('shown', () => {
  it.each([
    ['a line', '"a line"'],
    ['say "hi"', String.raw`"say \"hi\""`],
    ['\u001b[31m', String.raw`"\u001b[31m"`],
    ['c\u200bd\u202e', String.raw`"c\u200bd\u202e"`],
    ['\u{e0041}', String.raw`"\u{e0041}"`],
    ['x'.repeat(61), `"${'x'.repeat(59)}…"`],
  ])('%j is shown as %s', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('cuts between characters, never within one', () => {
    for (let n = 50; n < 62; n++) expect(shown(`${'x'.repeat(n)}😀😀😀😀😀`)).not.toMatch(/\\u/);
  });
});

describe('the command that a message suggests', () => {
  it.each([`x'; rm -rf ~; '`, '\u001b]0;title\u0007', 'a\nb', 'a\u200bb', 'x'.repeat(61)])(
    'does not repeat %j from a file',
    (header) => {
      const refused = (): unknown => resolveHeader({ ...ASK, header: ['code', header] });
      const { next } = wordsOfFailing(refused);

      expect(isPasteable(header)).toBe(false);
      expect(next).not.toContain(header);
    },
  );
});

describe('listed', () => {
  it('names the first and counts the rest', () => {
    expect(listed(['a', 'b', 'c'], 3)).toBe('a, b, c');
    expect(listed(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
  });
});
