interface CronField {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly CronField[] = [
  { name: 'minute', least: 0, most: 59, words: [] },
  { name: 'hour', least: 0, most: 23, words: [] },
  { name: 'day of the month', least: 1, most: 31, words: [] },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'day of the week', least: 0, most: 7, words: DAYS },
];

/** What is wrong with a cron expression of five fields; null: nothing. */
export function cronFault(text: string): string | null {
  const given = text.trim().split(/\s+/);
  if (given.length !== FIELDS.length) {
    return 'takes five fields: minute, hour, day of the month, month, day of the week';
  }
  const bad = FIELDS.find((field, i) => !isField(given[i] ?? '', field));
  return bad === undefined ? null : `has no ${bad.name} that could be`;
}

function isField(text: string, field: CronField): boolean {
  return text.split(',').every((part) => {
    const [range = '', step, ...more] = part.split('/');
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d?$/.test(step))) return false;
    if (range === '*') return true;
    const [from, to, ...rest] = range.split('-').map((word) => numberOf(word, field));
    if (rest.length > 0 || from === undefined || !isWithin(from, field)) return false;
    return to === undefined ? !range.includes('-') : isWithin(to, field) && from <= to;
  });
}

function numberOf(word: string, { least, words }: CronField): number {
  const at = words.indexOf(word.toLowerCase());
  if (at >= 0) return at + least;
  return /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
}

function isWithin(n: number, { least, most }: CronField): boolean {
  return n >= least && n <= most;
}
