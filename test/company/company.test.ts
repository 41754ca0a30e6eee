import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { writeCompany, type CompanyOptions } from '../../company/company';

const state = { folder: '' };
beforeAll(() => {
  state.folder = mkdtempSync(join(tmpdir(), 'rollcall-company-'));
});
afterAll(() => {
  rmSync(state.folder, { recursive: true });
});

type Row = Record<string, string>;

async function company(o: CompanyOptions) {
  const path = join(state.folder, 'people.csv');
  const written = await writeCompany(path, o);
  const text = readFileSync(path, 'utf8');
  const rows = parse<Row>(text, { columns: true, relax_column_count: true });
  return { written, text, rows };
}

const by = (rows: readonly Row[], column: string) => new Map(rows.map((row) => [row[column], row]));

describe('the generated company', () => {
  it('is the same file for the same options, and another for another seed', async () => {
    const first = await company({ people: 500, bad: 0.1, twice: 0.1, quoted: 0.1 });

    const again = await company({ people: 500, bad: 0.1, twice: 0.1, quoted: 0.1 });
    const other = await company({ people: 500, bad: 0.1, twice: 0.1, quoted: 0.1, seed: 2 });

    expect(again.text).toBe(first.text);
    expect(other.text).not.toBe(first.text);
  });

  it('gives every person a code and an e-mail of their own, in any case of letters', async () => {
    const { rows } = await company({ people: 3000 });

    expect(new Set(rows.map((row) => row['code'])).size).toBe(3000);
    expect(new Set(rows.map((row) => row['email']?.toLowerCase())).size).toBe(3000);
  });

  it('leads everybody to one head through managers, some of whom come later in the file', async () => {
    const { rows } = await company({ people: 3000 });
    const people = by(rows, 'code');

    const heads = rows.filter((row) => row['manager'] === '');
    const depths = rows.map((row) => {
      let depth = 0;
      for (let at: Row | undefined = row; at?.['manager'] !== ''; depth++) {
        if (at === undefined || depth > 50) return Infinity;
        at = people.get(at['manager']);
      }
      return depth;
    });
    const forward = rows.filter((row) => Number(row['manager']) > Number(row['code']));

    expect(heads).toHaveLength(1);
    expect(Math.max(...depths)).toBeLessThan(10);
    expect(forward.length).toBeGreaterThan(1000);
  });

  it('writes names in several scripts', async () => {
    const { text } = await company({ people: 500 });

    for (const script of ['Cyrillic', 'Greek', 'Han', 'Arabic', 'Hebrew']) {
      expect(text).toMatch(new RegExp(`\\p{Script=${script}}`, 'u'));
    }
    expect(text).toMatch(/İ/);
    expect(text).toMatch(/O'Brien/);
  });

  it('counts the rows that it spoilt or wrote twice', async () => {
    const { written, rows } = await company({ people: 2000, bad: 0.05, twice: 0.05 });

    const bad = Object.values(written.bad).reduce((sum, n) => sum + n, 0);
    expect(rows).toHaveLength(written.rows);
    expect(written.rows).toBe(2000 + written.identical + written.contradicting);
    expect(bad).toBeGreaterThan(50);
    expect(rows.filter((row) => row['email']?.includes(' at '))).toHaveLength(
      written.bad['bad e-mail'] ?? 0,
    );
  });

  it('has leavers, hires, new names and exchanged addresses on the next day', async () => {
    const plan = { hires: 0.02, leavers: 0.07, moves: 0.1, renames: 0.01, swaps: 0.01 };
    const before = by((await company({ people: 2000 })).rows, 'code');

    const { written, rows } = await company({ people: 2000, nextDay: plan });

    const left = rows.filter(
      (row) => row['status'] === 'inactive' && before.get(row['code'])?.['status'] === 'active',
    );
    const owners = by([...before.values()], 'email');
    const swapped = rows.filter((row) => {
      const owner = owners.get(row['email']);
      return owner !== undefined && owner['code'] !== row['code'];
    });
    expect(left).toHaveLength(written.left);
    expect(left.length / 2000).toBeGreaterThan(0.05);
    expect(rows.length - before.size).toBe(written.hired);
    expect(swapped.length).toBeGreaterThan(4);
    expect(new Set(rows.map((row) => row['email']?.toLowerCase())).size).toBe(rows.length);
  });
});
