import { isZeroDate } from '../../domain/dates';
import { DateForms, type FoundForms } from '../../domain/files/dateForms';
import { NULL_CELL } from '../../domain/files/tokens';
import { nullTest } from '../../domain/files/nothing';
import type { NewMessage } from '../../domain/runs/messages';
import type { ImportOptions } from '../../domain/runs/runOptions';
import { isUserField, USER_FIELDS, type PropertyDefinition } from '../../domain/users/fields';
import type { ReadColumn } from './columns';
import { openCsv, type CsvSource } from './format/open';
import { trimmed } from './rowColumns';

const NONE: FoundForms = new Map();
/** A file is read to its end only where its first days are not ISO 8601. */
const ISO_DAYS = 100;
const ISO_ROWS = 5_000;

/**
 * The format of the days in each column, where all of them fit one format and no other. Reads the file
 * a second time, and only where no format is named and the first days are not ISO 8601.
 */
export async function findDateForms(
  source: CsvSource & { readonly options: ImportOptions },
  o: {
    readonly columns: readonly ReadColumn[];
    readonly properties: readonly PropertyDefinition[];
    /** Line of the header. */
    readonly line: number;
  },
): Promise<FoundForms> {
  const { options, reread } = source;
  const forms = new Map(
    o.columns
      .filter(({ field }) => field !== null && isDay(field, o.properties))
      .map(({ index }) => [index, new DateForms()] as const),
  );
  if (reread === undefined || options.dateFormat !== undefined || forms.size === 0) return NONE;
  const isNull = nullTest(options.nullWords);
  const open = await openCsv({ ...source, chunks: reread() });
  let rows = 0;
  try {
    const blocks = open.records((cells, count) => {
      rows++;
      for (const [index, form] of forms) {
        if (index >= count) continue;
        const text = trimmed(cells[index] ?? '');
        if (text === '' || text === NULL_CELL || isNull(text) || isZeroDate(text)) continue;
        form.add(text);
      }
    });
    for await (const _ of blocks) if (areIso([...forms.values()], rows)) return NONE;
  } finally {
    await open.close();
  }
  return new Map(
    [...forms].flatMap(([index, form]) => {
      const found = form.found();
      return found === null ? [] : [[index, found] as const];
    }),
  );
}

function areIso(forms: readonly DateForms[], rows: number): boolean {
  if (forms.some(({ isOther }) => isOther)) return false;
  return rows >= ISO_ROWS || forms.reduce((sum, { iso }) => sum + iso, 0) >= ISO_DAYS;
}

function isDay(field: string, properties: readonly PropertyDefinition[]): boolean {
  if (isUserField(field)) return USER_FIELDS[field].kind === 'date';
  return properties.some(({ key, type }) => type === 'date' && `properties.${key}` === field);
}

/** A message for each column whose format was found. */
export function dateFormMessages(
  forms: FoundForms,
  columns: readonly ReadColumn[],
): readonly NewMessage[] {
  return columns.flatMap(({ index, header }): NewMessage[] => {
    const facts = forms.get(index);
    if (facts === undefined) return [];
    return [{ line: null, column: header, code: 'date_format_found', facts }];
  });
}
