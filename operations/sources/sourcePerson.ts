import type { FieldName } from '../../domain/users/fields';
import {
  statusOn,
  toStagedRow,
  type SourceRecord,
  type SourceRowRules,
} from '../../domain/sources/sourceRow';
import { stagedAt } from '../../domain/files/staged';
import { daysAt } from '../../domain/zones';
import type { Queryable } from '../../store/database/db';
import { organizationKeys } from '../../store/users/organizations';
import type { PolledRow } from '../../store/reads/pages';
import { selectProperties } from '../../store/users/properties';

/** One person as a source gives them, mapped to our fields. */
export interface MappedPerson {
  readonly externalId: string | null;
  /** What the status comes to today; null: no opinion. */
  readonly status: string | null;
  /** The source's own word. */
  readonly sourceStatus: string | null;
  /** Null: to be cleared. */
  readonly fields: Readonly<Partial<Record<FieldName, string | null>>>;
  /** Days on which the status changes by itself. */
  readonly dueOn: readonly string[];
  readonly withheld: readonly FieldName[];
  /** Said to be removed. */
  readonly deleted: 'hard' | 'soft' | null;
  readonly mergedInto: string | null;
  /** Why the row would be an error. */
  readonly faults: readonly {
    readonly field: string | null;
    readonly code: string;
    readonly message: string;
  }[];
}

/** What decides how records become rows at a moment; people of no zone are in the source's. */
export async function rowRules(
  db: Queryable,
  o: { readonly timeZone: string; readonly now: Date },
): Promise<SourceRowRules> {
  return {
    organizations: await organizationKeys(db),
    properties: await selectProperties(db),
    days: daysAt(o.now, o.timeZone),
  };
}

const STATUS = stagedAt('status');

/** A record as it is staged; `line` is its running number in the read. */
export function polledRow(
  record: SourceRecord,
  line: number,
  rules: SourceRowRules,
): { readonly row: PolledRow; readonly dueOn: readonly string[] } {
  const { row, dueOn } = toStagedRow(record, line, rules);
  const [first, then] = dueOn;
  return {
    row: {
      row,
      sourceStatus: record.sourceStatus,
      deleted: record.deleted !== null,
      due:
        first === undefined
          ? null
          : {
              on: first,
              zone: rules.days.zoneOf(record.zone),
              status: statusOn(record, first).status,
              then: then ?? null,
            },
      aliases: record.aliases,
      mergedInto: record.mergedInto,
    },
    dueOn,
  };
}

/** A record as it is shown, and as it would be staged. */
export function mapPerson(
  record: SourceRecord,
  rules: SourceRowRules,
): { readonly person: MappedPerson; readonly row: PolledRow } {
  const { row, dueOn } = polledRow(record, 1, rules);
  return {
    person: {
      externalId: record.externalId,
      status: row.row[STATUS] ?? null,
      sourceStatus: record.sourceStatus,
      fields: record.fields,
      dueOn,
      withheld: record.withheld,
      deleted: record.deleted,
      mergedInto: record.mergedInto,
      faults: faultsOf(row.row),
    },
    row,
  };
}

const FAULTS = stagedAt('faults');

function faultsOf(row: PolledRow['row']): MappedPerson['faults'] {
  const text = row[FAULTS] ?? null;
  const faults: unknown = text === null ? [] : JSON.parse(text);
  if (!Array.isArray(faults)) return [];
  return faults.flatMap((fault: unknown) => {
    if (!Array.isArray(fault)) return [];
    const [field, code, message] = fault.map((part: unknown) =>
      typeof part === 'string' ? part : null,
    );
    return [{ field: field ?? null, code: code ?? '', message: message ?? '' }];
  });
}

/** Field → records that have a value for it. */
export function coverageOf(
  records: readonly SourceRecord[],
  fields: readonly string[],
): Record<string, number> {
  const coverage: Record<string, number> = {};
  for (const field of fields) {
    coverage[field] = records.filter((record) =>
      Object.entries(record.fields).some(([name, value]) => name === field && value !== null),
    ).length;
  }
  coverage['status'] = records.filter(({ status }) => status !== null).length;
  return coverage;
}
