import fc from 'fast-check';
import { parseJson, scalar } from '../../../connectors/declaration/json';

const of = (json: string): string | null => {
  const value = parseJson(`{"n": ${json}, "s": "${'x'.repeat(3)}"}`);
  return scalar((value as { readonly n: unknown }).n);
};

/** The value with its numbers as JavaScript writes them. */
const written = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, item: unknown) =>
    typeof item === 'number' ? String(item) : item,
  );

describe('numbers keep their digits', () => {
  it.each([
    ['12345678901234567890', '12345678901234567890'],
    ['-12345678901234567890', '-12345678901234567890'],
    ['9007199254740993', '9007199254740993'],
    ['9007199254740992', '9007199254740992'],
    ['1234567890123456', '1234567890123456'],
    ['123456789.123456789012', '123456789.123456789012'],
    ['1e21', '1e21'],
    ['1E+400', '1E+400'],
    // Within what a number can hold, as JavaScript writes it.
    ['1e5', '100000'],
    ['1.0E+2', '100'],
    ['1.50', '1.5'],
    ['0.1', '0.1'],
    ['100000000000000000000', '100000000000000000000'],
    ['0.30000000000000004', '0.30000000000000004'],
    ['-0', '0'],
  ])('%s is %s', (json, digits) => {
    expect(of(json)).toBe(digits);
  });

  it('wherever they stand, and texts stay as they are', () => {
    const json =
      '[ 9007199254740993 ,{"a":[1,9007199254740995],"9007199254740993":"x: 9007199254740993, \\"1e99\\" ,7"},\n9007199254740997]';

    expect(parseJson(json)).toEqual([
      '9007199254740993',
      { a: [1, '9007199254740995'], '9007199254740993': 'x: 9007199254740993, "1e99" ,7' },
      '9007199254740997',
    ]);
  });

  it('whole numbers of any size are never two numbers in one', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (n) => {
        expect(of(String(n))).toBe(String(n));
      }),
    );
  });

  it('all other JSON is what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, word) => {
        const both = `{"big":12345678901234567890,"word":${JSON.stringify(word)},"json":${json}}`;
        const usual: unknown = JSON.parse(json);

        const parsed = parseJson(both);

        expect(written(parsed)).toEqual({
          big: '12345678901234567890',
          word,
          json: written(usual),
        });
      }),
    );
  });
});

it('what is no JSON is refused as before', () => {
  for (const broken of ['{"n":12345678901234567890', '{"n":"1e5', 'x 1e5', '{"n":01e5}']) {
    expect(() => parseJson(broken)).toThrow(SyntaxError);
  }
});
