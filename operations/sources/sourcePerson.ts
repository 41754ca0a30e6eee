import { statusOn } from '../../domain/users/days';
import type { FieldName } from '../../domain/users/fields';
import {
  toStagedRow,
  type SourceRecord,
  type SourceRow,
  type SourceRowRules,
} from '../../domain/sources/sourceRow';
import type { RowFault } from '../../domain/files/rowFaults';
import { stagedAt } from '../../domain/files/staged';
import { daysAt } from '../../domain/zones';
import type { Queryable } from '../../store/database/db';
import { organizationKeys } from '../../store/users/organizations';
import type { PolledRow } from '../../store/reads/pages';
import { selectProperties } from '../../store/users/properties';

/** One person as a source gives them, mapped to our fields. */
export interface MappedPerson {
  readonly externalId: string | null;
  /** The status as it is today; `null`: no opinion. */
  readonly status: string | null;
  /** The source's own word. */
  readonly sourceStatus: string | null;
  /** Field → value; `null`: to be cleared. */
  readonly fields: Readonly<Partial<Record<FieldName, string | null>>>;
  /** Days on which the status changes by itself. */
  readonly dueOn: readonly string[];
  readonly withheld: readonly FieldName[];
  /** True when the source says that the person is removed. */
  readonly deleted: 'hard' | 'soft' | null;
  readonly mergedInto: string | null;
  /** Why the row would be an error. */
  readonly faults: readonly RowFault[];
}

/**
 * What decides how records become rows at an instant; people without a zone are in the source's.
 */
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
): Pick<SourceRow, 'dueOn' | 'faults'> & { readonly row: PolledRow } {
  const { row, dueOn, by, faults } = toStagedRow(record, line, rules);
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
      statusBy: by,
      daysKnown: record.daysKnown ?? null,
      aliases: record.aliases,
      mergedInto: record.mergedInto,
    },
    dueOn,
    faults,
  };
}

/** A record as it is shown, and as it would be staged. */
export function mapPerson(
  record: SourceRecord,
  rules: SourceRowRules,
): { readonly person: MappedPerson; readonly row: PolledRow } {
  const { row, dueOn, faults } = polledRow(record, 1, rules);
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
      faults,
    },
    row,
  };
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
