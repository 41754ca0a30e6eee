import { csvLine, csvText } from '../../../connectors/csv/write';

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

describe('csvLine', () => {
  it('quotes what has to be quoted and nothing else', () => {
    expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', null, '', 7, true])).toBe(
      'a,"b,c","d""e","f\ng",,,7,true\n',
    );
    expect(csvLine(['a;b', 'c,d'], { delimiter: ';' })).toBe('"a;b";c,d\n');
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    ' =1',
    '＝1',
    '＋1',
    '－1',
    '＠x',
    "'=1",
  ])('makes no live formula of %j', (text) => {
    const quoted = /["\r\n,]/.test(text) ? `"'${text}"` : `'${text}`;
    expect(csvLine([text])).toBe(`${quoted}\n`);
    expect(csvLine([text], { mode: 'exact' })).toBe(`${quoted.replace("'", '')}\n`);
  });

  it.each(["O'Neil", "'tis", 'a=b', 'a@x.example', 'x-y', "'"])('leaves %j as it is', (text) => {
    expect(csvLine([text])).toBe(`${text}\n`);
  });

  it('leaves numbers that are numbers', () => {
    expect(csvLine([-5, '-5'])).toBe("-5,'-5\n");
  });

  it('writes a lone empty cell so that it is no blank line', () => {
    expect(csvLine([''])).toBe('""\n');
  });
});

describe('csvText', () => {
  it('writes a header and rows in large pieces', async () => {
    const row = ['x'.repeat(1000), 1];
    const pieces: string[] = [];

    for await (const piece of csvText(['a', 'b'], each(Array.from({ length: 200 }, () => row)))) {
      pieces.push(piece);
    }

    expect(pieces.join('')).toBe(`a,b\n${`${'x'.repeat(1000)},1\n`.repeat(200)}`);
    expect(pieces.length).toBeLessThan(6);
  });
});
