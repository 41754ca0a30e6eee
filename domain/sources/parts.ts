import { rowFault, type RowFault } from '../files/rowFaults';
import type { FieldName } from '../users/fields';
import type { SourceRecord } from './sourceRow';

/**
 * Lays the records of one person over each other, field by field: the last opinion of each field
 * counts, and a removal erases everything said before it. Records without an id stay as they are. The
 * people are in the order in which they were first named. `required`: fields whose absence from all
 * records of a person is a fault. The same rule as SQL: store/reads/parts.
 */
export function layOver(
  records: readonly SourceRecord[],
  required: readonly FieldName[],
): SourceRecord[] {
  const people = new Map<string | number, SourceRecord>();
  for (const [i, record] of records.entries()) {
    const id = record.externalId ?? i;
    const before = people.get(id);
    people.set(
      id,
      before === undefined || record.deleted !== null ? record : laidOver(before, record),
    );
  }
  return [...people.values()].map((person) => ({ ...person, faults: faultsOf(person, required) }));
}

function laidOver(before: SourceRecord, after: SourceRecord): SourceRecord {
  const fields = { ...before.fields, ...after.fields };
  const saysStatus = after.status !== null;
  const saysDays = saysStatus || (after.daysKnown ?? null) !== null;
  return {
    externalId: after.externalId,
    fields,
    status: saysStatus ? after.status : before.status,
    sourceStatus: after.sourceStatus ?? before.sourceStatus,
    start: saysDays ? after.start : before.start,
    end: saysDays ? after.end : before.end,
    zone: saysDays ? after.zone : before.zone,
    daysKnown: after.daysKnown ?? before.daysKnown ?? null,
    deleted: saysStatus ? null : before.deleted,
    mergedInto: after.mergedInto ?? before.mergedInto,
    aliases: [...new Set([...before.aliases, ...after.aliases])],
    withheld: [...new Set([...before.withheld, ...after.withheld])].filter(
      (field) => fields[field] === undefined,
    ),
    faults: [...before.faults, ...after.faults],
  };
}

/** A value that is required is missing only when no part has it. */
function faultsOf(person: SourceRecord, required: readonly FieldName[]): RowFault[] {
  const missing = ({ fields }: SourceRecord, field: string): boolean =>
    !Object.entries(fields).some(([name, value]) => name === field && value !== null);
  const given = person.faults.filter(
    ([column, code], i, all) =>
      code !== 'missing_value' ||
      (column !== null &&
        missing(person, column) &&
        all.findIndex((other) => other[0] === column && other[1] === code) === i),
  );
  const named = new Set(given.map(([column]) => column));
  const left = required.filter(
    (field) =>
      person.deleted === null &&
      !person.withheld.includes(field) &&
      !named.has(field) &&
      missing(person, field),
  );
  return [...given, ...left.map((field) => rowFault(field, ['missing_value', {}]))];
}
