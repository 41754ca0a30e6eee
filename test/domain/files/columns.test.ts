import {
  columnOfField,
  COLUMNS,
  fieldOfName,
  listColumns,
  nearestColumn,
  normalName,
  templateHeader,
} from '../../../domain/files/columns';
import { USER_FIELD_NAMES } from '../../../domain/users/fields';
import type { PropertyDefinition } from '../../../domain/users/fields';

const SHOE: PropertyDefinition = { key: 'shoe_size', name: 'Größe der Schuhe', type: 'number' };

describe('columns', () => {
  it('has one column for each user field', () => {
    expect(COLUMNS.map(({ field }) => field).sort()).toEqual([...USER_FIELD_NAMES].sort());
  });

  it('gives no name to two columns', () => {
    const names = COLUMNS.flatMap(({ name, aliases }) => [name, ...aliases].map(normalName));

    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it.each([
    ['code', 'code'],
    ['Employee ID', 'code'],
    ['employee_id', 'code'],
    ['EmployeeNumber', 'code'],
    ['user-code', 'code'],
    ['External Id', 'code'],
    ['staff.id', 'code'],
    ['manager_id', 'manager'],
    ['Manager Code', 'manager'],
    ['Supervisor', 'manager'],
    ['E-Mail', 'email'],
    ['ｅｍａｉｌ', 'email'],
    ['Organisation', 'organization'],
    ['firstName', 'firstName'],
    ['Time Zone', 'timeZone'],
    ['properties.shoe_size', 'properties.shoe_size'],
    ['Properties.Shoe Size', 'properties.shoe_size'],
    ['shoe size', 'properties.shoe_size'],
    ['grösse der schuhe', undefined],
    ['größe DER schuhe', 'properties.shoe_size'],
    ['properties.email', undefined],
    ['shirt', undefined],
    ['', undefined],
    ['_', undefined],
  ])('%j names %s', (name, field) => {
    expect(fieldOfName(name, [SHOE])).toBe(field);
  });

  it.each([
    ['emial', 'email'],
    ['fist name', 'first_name'],
    ['Mananger', 'manager'],
    ['hire date (local)', 'hire_date'],
    ['shoesize', 'properties.shoe_size'],
    ['Employee Identifier', 'code'],
    ['qwertzuiop', undefined],
    ['rate', undefined],
    ['Geburtsname', undefined],
    ['nmae', 'display_name'],
    ['', undefined],
  ])('the nearest to %j is %s', (name, column) => {
    expect(nearestColumn(name, [SHOE])?.column).toBe(column);
  });

  it('is sure of one slip in a name of some length, and of no more', () => {
    const sure = (name: string) => nearestColumn(name, [SHOE])?.sure;

    expect(['emial', 'Nachnahme', 'departament', 'nmae', 'hire date (local)'].map(sure)).toEqual([
      ...[true, true, true, false, false],
    ]);
  });

  it('lists columns and writes a header with the properties last', () => {
    const header = templateHeader([SHOE]);

    expect(header.slice(0, 4)).toEqual(['code', 'login', 'email', 'first_name']);
    expect(header.at(-1)).toBe('properties.shoe_size');
    expect(header.map((name) => fieldOfName(name, [SHOE]))).toEqual(
      listColumns([SHOE]).map(({ field }) => field),
    );
    expect(columnOfField('timeZone')).toBe('time_zone');
    expect(columnOfField('properties.x')).toBe('properties.x');
  });
});
