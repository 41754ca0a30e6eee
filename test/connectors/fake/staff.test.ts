import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { peopleFromCsv } from '../../../connectors/fake/people';
import { toStagedRow } from '../../../domain/sources/sourceRow';
import { openFake, readAll } from '../engine/support';

const SHARED = process.env['ROLLCALL_SHARED'] ?? resolve(__dirname, '../../../../shared');
const DATA = join(SHARED, 'data');

if (!existsSync(DATA)) {
  it.skip('the staff files are not here: set ROLLCALL_SHARED to the folder that holds data/', () => {
    // No files to read.
  });
} else {
  it.each([
    ['bamboohr', 'staff-1990-01-01.csv', 3_218],
    ['gusto', 'staff-1995-01-01.csv', 6_620],
    ['hubspot', 'staff-1995-01-01.csv', 6_620],
  ] as const)('%s reports the people of %s as the file does', async (vendor, file, count) => {
    const people = peopleFromCsv(join(DATA, file));
    const opened = await openFake({ vendor, people, pageSize: 500 });

    const read = await readAll(opened);
    await opened.close();
    const staged = read.records.map((record, i) =>
      toStagedRow(record, i + 1, {
        organizations: new Map(),
        properties: [],
        days: { today: () => '1995-01-01', zoneOf: (zone) => zone },
      }),
    );

    expect(read).toMatchObject({ complete: true, why: 'proved', fault: null });
    expect(read.ids).toHaveLength(count);
    expect(staged.filter(({ row }) => row.at(-2) !== null)).toEqual([]);
    const emails = new Map(people.map(({ id, email }) => [id, email]));
    for (const { externalId, fields } of read.records) {
      expect(fields.email).toBe(emails.get(externalId ?? ''));
    }
  });
}
