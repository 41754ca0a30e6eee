import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import type { PlantedUser } from './generator';

/**
 * The users of a file: CSV with a header, one line for each user. Lines with the same `person` are one
 * person. Only `person` is needed; other columns are passed over.
 */
export async function readPlanted(path: string): Promise<PlantedUser[]> {
  const users: PlantedUser[] = [];
  const lines = createReadStream(path).pipe(parse({ bom: true, columns: true, trim: true }));
  for await (const line of lines as AsyncIterable<Readonly<Record<string, string>>>) {
    const value = (header: string): string | null => {
      const text = line[header] ?? '';
      return text === '' ? null : text;
    };
    const person = value('person');
    if (person === null) throw new Error(`${path}: line ${String(users.length + 2)} has no person`);
    users.push({
      ...{ person, code: value('code'), login: value('login'), email: value('email') },
      ...{ firstName: value('first_name'), lastName: value('last_name') },
      ...{ displayName: value('display_name'), phone: value('phone') },
      ...{ hireDate: realDay(value('hire_date')), organization: value('organization') },
      ...{ jobTitle: value('job_title'), department: value('department') },
      location: value('location'),
    });
  }
  return users;
}

/** The columns that are read. */
export const PLANTED_COLUMNS =
  'person code login email first_name last_name display_name phone hire_date organization job_title department location';

/** YYYY-MM-DD of the calendar, or nothing: an import would refuse another day. */
export function realDay(text: string | null): string | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : null;
}
