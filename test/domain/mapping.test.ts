import { Fault } from '../../domain/faults';
import {
  isPasteable,
  parseMapEntry,
  resolveHeader,
  shown,
  splitMapEntries,
  valueMap,
} from '../../domain/mapping';
import { plainCell, safeCell } from '../../domain/csvCells';
import fc from 'fast-check';

const ASK = { line: 1, columns: undefined, ignoreUnknown: false, properties: [] } as const;

describe('resolveHeader', () => {
  it('maps as written first, then by normal form, before names and aliases', () => {
    const { columns } = resolveHeader({
      ...ASK,
      header: ['code', 'E-mail', 'email 2', 'Phone'],
      columns: { 'E-mail': '-', 'Email-2': 'email' },
    });

    expect(columns.map(({ field }) => field)).toEqual(['code', null, 'email', 'phone']);
  });

  it('passes over _line and _error, but not a column that is called Line', () => {
    const { columns, messages } = resolveHeader({ ...ASK, header: ['code', ' _LINE', '_error'] });

    expect(columns.map(({ field }) => field)).toEqual(['code', null, null]);
    expect(messages).toEqual([]);
    expect(() => resolveHeader({ ...ASK, header: ['code', 'line'] })).toThrow(
      '"line" is not known',
    );
  });

  it('names both columns that are one', () => {
    expect(() => resolveHeader({ ...ASK, header: ['code', 'surname', 'Last Name'] })).toThrow(
      'columns 2 ("surname") and 3 ("Last Name") both are last_name',
    );
  });
});

describe('parseMapEntry', () => {
  it.each([
    ['Known as=display_name', { kind: 'column', header: 'Known as', field: 'displayName' }],
    ['"a=b:c"=Surname', { kind: 'column', header: 'a=b:c', field: 'lastName' }],
    ['Notes=-', { kind: 'column', header: 'Notes', field: '-' }],
    [
      'status:"On leave"=active',
      { kind: 'value', field: 'status', given: 'On leave', canonical: 'active' },
    ],
    [
      'department: R&D = "Research, ""new"""',
      { kind: 'value', field: 'department', given: 'R&D', canonical: 'Research, "new"' },
    ],
  ])('understands %s', (text, entry) => {
    expect(parseMapEntry(text, [])).toEqual(entry);
  });

  it.each(['', 'a', 'a=', 'a=shirt', 'shirt:x=y', 'a:b:c=d', '"a=b', 'a==code'])(
    'refuses %j',
    (text) => {
      expect(() => parseMapEntry(text, [])).toThrow(Fault);
    },
  );

  it('splits a list at commas outside quotes', () => {
    expect(splitMapEntries('a=code, "b,c"=email,status:"On, leave"=active,')).toEqual([
      'a=code',
      '"b,c"=email',
      'status:"On, leave"=active',
    ]);
  });

  it('compares values whole and in any case', () => {
    const map = valueMap({ 'On Leave': 'active' });

    expect(map?.get('on leave')).toBe('active');
    expect(map?.has('on')).toBe(false);
    expect(valueMap({})).toBeUndefined();
  });
});

describe('safeCell', () => {
  it('is undone by plainCell, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom("'", '=', '-', ' ', '\t', 'a')).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(plainCell(safeCell(text))).toBe(text);
        },
      ),
    );
  });
});

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

      expect(isPasteable(header)).toBe(false);
      expect(refused).toThrow(
        expect.objectContaining({ next: expect.not.stringContaining(header) }),
      );
    },
  );
});
