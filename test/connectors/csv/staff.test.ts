import { createReadStream, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { read } from './support';

const SHARED = process.env['ROLLCALL_SHARED'] ?? resolve(__dirname, '../../../../shared');
const DATA = join(SHARED, 'data');

if (!existsSync(DATA)) {
  it.skip(`the staff files are not here: set ROLLCALL_SHARED to the folder that holds data/`, () => {
    // No files to read.
  });
} else {
  it.each([
    ['staff-1990-01-01.csv', 3_218, 3_111],
    ['staff-1995-01-01.csv', 6_620, undefined],
  ])('%s is read without a fault', async (file, rows, active) => {
    const staff = await read(createReadStream(join(DATA, file)));

    expect(staff.rows).toHaveLength(rows);
    expect(staff.summary.rows).toBe(rows);
    expect(staff.summary.messages).toEqual([]);
    expect(staff.rows.filter((row) => row.faults !== null)).toEqual([]);
    expect(new Set(staff.rows.map((row) => row.external_id)).size).toBe(rows);
    if (active !== undefined) {
      expect(staff.rows.filter((row) => row.status === 'active')).toHaveLength(active);
    }
  });
}
