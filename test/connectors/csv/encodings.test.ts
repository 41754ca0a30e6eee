import iconv from 'iconv-lite';
import { chunksOf, padding, read, refusalOf } from './support';
import { stepWords } from '../../support/words';

const TEXT = 'code;first_name\nA1;Ann\n';

describe('a file that is not UTF-8', () => {
  it.each([
    ['macintosh', 'Jörg', ['windows-1252 Jšrg', 'macintosh Jörg']],
    ['windows-1252', 'Müller', ['windows-1252 Müller']],
    ['windows-1250', 'Dvořák', ['windows-1252 Dvoøák', 'windows-1250 Dvořák']],
    ['windows-1251', 'Иван', ['windows-1251 Иван']],
    ['cp850', 'Jürgen', ['cp850 Jürgen']],
    ['shift_jis', '田中', ['shift_jis 田中']],
    ['gb18030', '王明', ['gb18030 王明']],
    ['iso-8859-15', 'Cœur', ['iso-8859-15 Cœur']],
  ])('is refused with its first odd word in each likely reading: %s', async (name, word, some) => {
    const bytes = iconv.encode(`${TEXT}A2;${word}\n`, name);

    const fault = await refusalOf(bytes);
    const step = stepWords(fault.next);

    for (const reading of some) {
      const [encoding = '', text = ''] = reading.split(' ');
      expect(fault.message).toContain(`"${text}" in ${encoding}`);
      expect(step).toMatch(
        new RegExp(`"${text}"(?: is right)?: rollcall import FILE --encoding ${encoding}\\.`),
      );
      const { rows } = await read(bytes, { options: { encoding } });
      expect(rows[1]?.first_name).toBe(text);
    }
  });

  it('shows no reading that is no word', async () => {
    const fault = await refusalOf(iconv.encode(`${TEXT}A2;Jörg\n`, 'windows-1252'));

    expect(fault.message).toBe(
      'Line 3, byte offset 27: the bytes are not UTF-8. The word there is "Jörg" in windows-1252.',
    );
    expect(stepWords(fault.next)).toBe(
      'If "Jörg" is right: rollcall import FILE --encoding windows-1252.',
    );
  });

  it('shows the complete word, wherever the bytes are cut', async () => {
    const bytes = iconv.encode(`code,first_name\n${padding()}1,Jean-François\n`, 'windows-1252');

    for (const size of [1, 7, 1225, 65_536]) {
      const { message } = await refusalOf(chunksOf(bytes, size));

      expect(message).toContain('"Jean-François" in windows-1252');
    }
  });

  it('names an encoding all the same when no reading is a word', async () => {
    const fault = await refusalOf(Buffer.from([...Buffer.from(`${TEXT}A2;5 `), 0x80, 0x0a]));

    expect(fault.message).toMatch(/the bytes are not UTF-8\.$/);
    expect(stepWords(fault.next)).toContain('--encoding windows-1252');
  });
});
