import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RecordSplitter } from '../../../connectors/csv/format/records';
import { Fault } from '../../../domain/faults';

const FOLDER = dirname(require.resolve('csv-spectrum/package.json'));
/**
 * Quotes in a cell that is not quoted: not RFC 4180, refused (its JSON does not match its CSV
 * either).
 */
const BROKEN = 'location_coordinates';
const NAMES = readdirSync(join(FOLDER, 'csvs')).map((file) => file.replace(/\.csv$/, ''));

function objects(bytes: Buffer): Record<string, string>[] {
  const records: string[][] = [];
  const splitter = new RecordSplitter(
    { delimiter: ',', quoting: 'doubled', maxRecordBytes: 2 ** 20 },
    1,
    (cells, count) => {
      records.push(cells.slice(0, count));
    },
  );
  splitter.push(bytes, true);
  const [header = [], ...rows] = records;
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])));
}

describe('csv-spectrum', () => {
  it.each(NAMES.filter((name) => name !== BROKEN))('%s is read as its JSON says', (name) => {
    const json: unknown = JSON.parse(readFileSync(join(FOLDER, 'json', `${name}.json`), 'utf8'));

    const read = objects(readFileSync(join(FOLDER, 'csvs', `${name}.csv`)));

    expect(read).toEqual(Array.isArray(json) ? json : [json]);
  });

  it('has one file that is no RFC 4180, which is refused with its line', () => {
    const bytes = readFileSync(join(FOLDER, 'csvs', `${BROKEN}.csv`));

    expect(() => objects(bytes)).toThrow(Fault);
    expect(() => objects(bytes)).toThrow('line 2 has broken quoting');
  });
});
