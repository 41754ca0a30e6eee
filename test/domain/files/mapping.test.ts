import { Fault } from '../../../domain/faults';
import type { PropertyDefinition } from '../../../domain/users/fields';
import { parseMapEntry, splitMapEntries, valueMap } from '../../../domain/files/mapping';
import { plainCell, safeCell } from '../../../domain/files/csvCells';
import fc from 'fast-check';
import { wordsOfFailing } from '../../support/words';

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

  it.each(['', 'a', 'a=', '=code', 'a=shirt', 'shirt:x=y', 'a:b:c=d', '"a=b', 'a==code'])(
    'refuses %j',
    (text) => {
      expect(() => parseMapEntry(text, [])).toThrow(Fault);
    },
  );

  it.each(['first_name', 'firstName', 'first-name', 'First Name', 'given name'])(
    'takes the field in the spelling %s',
    (spelling) => {
      const entry = { kind: 'column', header: 'Vorname', field: 'firstName' };

      expect(parseMapEntry(`Vorname=${spelling}`, [])).toEqual(entry);
    },
  );

  it.each([
    ['Shoe=shoe_size', 'rollcall properties create shoe_size --type text --name shoe_size'],
    ['Shoe=properties.shoe', 'rollcall properties create shoe --type text --name shoe'],
    ['x:a=b', 'rollcall properties create x --type text --name x'],
    ["Shoe=it's", 'rollcall properties create KEY --type text --name NAME'],
    ['code=Our Nr', "The file's column goes first: --map 'Our Nr=code'"],
  ])('offers for %s: %s', (text, offer) => {
    const fault = wordsOfFailing(() => parseMapEntry(text, []));

    expect(fault).toMatchObject({ kind: 'usage', next: expect.stringContaining(offer) });
  });

  it('names the nearest field for one that is none', () => {
    expect(() => parseMapEntry('Shoe=frist_name', [])).toThrow('the nearest is first_name');
  });

  it('takes a declared property by its key or its name', () => {
    const shoe: PropertyDefinition = { key: 'shoe', name: 'Shoe size', type: 'number' };
    const entry = { kind: 'column', header: 'X', field: 'properties.shoe' };

    expect(
      ['shoe', 'Shoe Size', 'properties.shoe'].map((f) => parseMapEntry(`X=${f}`, [shoe])),
    ).toEqual([entry, entry, entry]);
  });

  it('splits a list at commas outside quotes', () => {
    expect(splitMapEntries('a=code, "b,c"=email,status:"On, leave"=active,')).toEqual([
      'a=code',
      '"b,c"=email',
      'status:"On, leave"=active',
    ]);
  });

  it('compares complete values in any case', () => {
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
