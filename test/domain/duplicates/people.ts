import type { DuplicatePerson } from '../../../domain/duplicates/traits';

/** What a test says about a person; the rest is unknown. */
export type Given = Partial<Omit<DuplicatePerson, 'id'>>;

export function person(given: Given): DuplicatePerson {
  const nothing = {
    firstName: null,
    lastName: null,
    displayName: null,
    email: null,
    login: null,
    phone: null,
    hireDate: null,
    organization: null,
    jobTitle: null,
    department: null,
    location: null,
  };
  return { id: 'a', ...nothing, listedIn: [], ...given };
}

const FIRST =
  'Anna Lena William Bill Konrad Aylin Jürgen Mirela Fritz Gesine Lukas Thomas Maria'.split(' ');
const LAST =
  'Schmidt Meyer Müller Hofmann Kovacs Brandt Weber Schulz Wagner Becker Koch Richter'.split(' ');

/** Two thousand people, no two of whom have anything rare in common. */
export const PEOPLE: readonly DuplicatePerson[] = Array.from({ length: 2_000 }, (_, n) =>
  person({
    // The frequent names are much more frequent than the others.
    firstName: FIRST[Math.floor(FIRST.length * ((n * 0.618) % 1) ** 2)] ?? null,
    lastName: `${n % 3 === 0 ? '' : syllables(n)}${LAST[Math.floor(LAST.length * ((n * 0.414) % 1) ** 2)] ?? ''}`,
    phone: `0${String(400_000_000 + n * 7)}`,
    hireDate: n % 20 === 0 ? '2020-01-01' : day(n),
  }),
);

function syllables(n: number): string {
  const parts = ['Ba', 'Do', 'Fi', 'Gu', 'Ke', 'Lo', 'Ma', 'Ni', 'Ro', 'Su', 'Ti'];
  return `${parts[n % 11] ?? ''}${(parts[Math.floor(n / 11) % 11] ?? '').toLowerCase()}`;
}

function day(n: number): string {
  return new Date(Date.UTC(2010, 0, 1 + ((n * 37) % 4_000))).toISOString().slice(0, 10);
}
