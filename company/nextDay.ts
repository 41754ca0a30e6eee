import { DEPARTMENTS, LOCATIONS } from './names';
import {
  AT,
  chance,
  codeOf,
  leads,
  managerOf,
  personOf,
  pick,
  type Cells,
  type Company,
} from './people';

/** What happened in the company overnight; each is a share of its people, from 0 to 1. */
export interface NextDay {
  /** New people, at the end of the file. */
  readonly hires?: number;
  /** Active people who are now listed as inactive. */
  readonly leavers?: number;
  /** Another department or title; some with another manager or place. */
  readonly moves?: number;
  /** A new family name, and the address that goes with it. */
  readonly renames?: number;
  /** People who exchange addresses with their neighbour in the file. */
  readonly swaps?: number;
  /** Inactive people who come back, as a share of the inactive. */
  readonly returns?: number;
}

const TODAY = '2026-11-20';

/** The cells of a person on the next day; `cells` are those of the first. */
export function nextDayOf(
  company: Company,
  person: number,
  { cells, plan }: { readonly cells: Cells; readonly plan: NextDay },
): Cells {
  const after = [...cells];
  if (person >= company.people) return hired(company, person, after);
  const happens = (topic: number, share = 0): boolean =>
    chance(company.seed, person, topic) < share;
  const inactive = after[AT.status] === 'inactive';
  if (inactive && happens(30, plan.returns)) {
    after[AT.status] = 'active';
    after[AT.leave_date] = '';
  }
  if (inactive) return after;
  if (happens(31, plan.leavers)) {
    after[AT.status] = 'inactive';
    after[AT.leave_date] = TODAY;
    return after;
  }
  if (happens(32, plan.moves)) move(company, person, after);
  if (happens(33, plan.renames)) rename(company, person, after);
  else swap(company, person, { after, plan });
  return after;
}

function hired(company: Company, person: number, after: Cells): Cells {
  after[AT.hire_date] = TODAY;
  after[AT.leave_date] = '';
  after[AT.status] = 'active';
  after[AT.manager] = managerOf(company, person);
  return after;
}

function move(company: Company, person: number, after: Cells): void {
  const at = (topic: number): number => chance(company.seed, person, topic);
  const [department, titles] = pick(DEPARTMENTS, at(34));
  after[AT.department] = department;
  // "Interim": certain to differ from the title before.
  after[AT.job_title] = `Interim ${pick(titles, at(35))}`;
  if (at(36) < 0.3) after[AT.location] = pick(LOCATIONS, at(37));
  // Only people who lead nobody, so that the tree stays one tree.
  if (at(38) < 0.3 && !leads(person)) after[AT.manager] = codeOf(0);
}

function rename(company: Company, person: number, after: Cells): void {
  after[AT.last_name] = `${after[AT.last_name] ?? ''}-Marešová`;
  after[AT.email] = `married.${person.toString(36)}@${company.domain}`;
}

/** Neighbours exchange addresses when both stay and neither has a new name. */
function swap(
  company: Company,
  person: number,
  { after, plan }: { readonly after: Cells; readonly plan: NextDay },
): void {
  const { seed, people } = company;
  const first = person - (person % 2);
  if (chance(seed, first, 39) >= (plan.swaps ?? 0) || first + 1 >= people) return;
  const busy = [first, first + 1].some(
    (who) =>
      chance(seed, who, 31) < (plan.leavers ?? 0) ||
      chance(seed, who, 33) < (plan.renames ?? 0) ||
      personOf(company, who)[AT.status] === 'inactive',
  );
  const address = personOf(company, person === first ? first + 1 : first)[AT.email];
  if (!busy && address !== undefined) after[AT.email] = address;
}
