import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { spoil, type FaultName } from './faultyRows';
import { nextDayOf, type NextDay } from './nextDay';
import {
  AT,
  chance,
  COLUMNS,
  foundCompany,
  leads,
  personOf,
  type Cells,
  type Company,
} from './people';

/** The shape of a generated file. Shares are of the people, from 0 to 1. */
export interface CompanyOptions {
  readonly people: number;
  readonly seed?: number;
  readonly domain?: string;
  /**
   * Rows with a fault, of every kind in turn; never those of managers, whose rows others refer to.
   */
  readonly bad?: number;
  /** Rows written twice, one half of them with another value the second time. */
  readonly twice?: number;
  /** Rows with a comma, quotes or a line break in a cell. */
  readonly quoted?: number;
  /** The same company a day later. */
  readonly nextDay?: NextDay;
}

/** What was written. */
export interface WrittenCompany {
  readonly rows: number;
  readonly bad: Partial<Record<FaultName, number>>;
  readonly identical: number;
  readonly contradicting: number;
  readonly left: number;
  readonly hired: number;
}

type Tally = { -readonly [K in keyof WrittenCompany]: WrittenCompany[K] };

const CHUNK_CHARS = 256 * 1024;
/** How many rows later a row is repeated. */
const LATER = 40;

/**
 * Writes a company as a CSV file, the same bytes for the same options. Memory is flat; a million people
 * take a few seconds.
 */
export async function writeCompany(path: string, o: CompanyOptions): Promise<WrittenCompany> {
  const tally: Tally = { rows: 0, bad: {}, identical: 0, contradicting: 0, left: 0, hired: 0 };
  await pipeline(Readable.from(chunks(o, tally), { highWaterMark: 2 }), createWriteStream(path));
  return tally;
}

function* chunks(o: CompanyOptions, tally: Tally): Generator<string> {
  let text = '';
  for (const line of lines(o, tally)) {
    text += line;
    if (text.length > CHUNK_CHARS) {
      yield text;
      text = '';
    }
  }
  yield text;
}

function* lines(o: CompanyOptions, tally: Tally): Generator<string> {
  const { people, seed = 1, domain = 'staff.example', nextDay } = o;
  const company = foundCompany({ people, seed, domain });
  const hires = Math.round(people * (nextDay?.hires ?? 0));
  yield `${COLUMNS.join(',')}\n`;
  for (let person = 0; person < people + hires; person++) {
    const cells = cellsOf(company, person, o, tally);
    const bad =
      !leads(person) && chance(seed, person, nextDay === undefined ? 20 : 40) < (o.bad ?? 0);
    tally.rows++;
    yield line(bad ? spoil(cells, tally.bad) : cells);
    const again = person - LATER;
    if (again >= 0 && !leads(again) && chance(seed, again, 21) < (o.twice ?? 0)) {
      tally.rows++;
      yield line(repeated(company, again, o, tally));
    }
  }
}

function cellsOf(company: Company, person: number, o: CompanyOptions, tally?: Tally): Cells {
  const cells = personOf(company, person);
  if (chance(company.seed, person, 22) < (o.quoted ?? 0)) quote(cells, person);
  if (o.nextDay === undefined) return cells;
  const before = cells[AT.status];
  const after = nextDayOf(company, person, { cells, plan: o.nextDay });
  if (tally !== undefined && before === 'active' && after[AT.status] === 'inactive') tally.left++;
  if (tally !== undefined && person >= company.people) tally.hired++;
  return after;
}

function repeated(company: Company, person: number, o: CompanyOptions, tally: Tally): Cells {
  const cells = cellsOf(company, person, o);
  if (chance(company.seed, person, 23) < 0.5) {
    tally.identical++;
    return cells;
  }
  tally.contradicting++;
  cells[AT.job_title] = `${cells[AT.job_title] ?? ''} (acting)`;
  return cells;
}

/** Cells that only a real CSV reader gets right. */
function quote(cells: Cells, person: number): void {
  const title = cells[AT.job_title] ?? '';
  const location = cells[AT.location] ?? '';
  if (person % 3 === 0) cells[AT.job_title] = `${title}, Night Shift`;
  else if (person % 3 === 1) cells[AT.location] = `${location}\nBuilding 2`;
  else cells[AT.job_title] = `${title} "on call"`;
}

function line(cells: Cells): string {
  let text = '';
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] ?? '';
    const quoted = /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
    text += i === 0 ? quoted : `,${quoted}`;
  }
  return `${text}\n`;
}
