import { at } from '../../../connectors/declaration/path';
import { connectorType } from '../../../connectors/vendors';
import { mapRecord } from '../../../connectors/engine/records';

test('everything within null is null, and what is missing stays missing', () => {
  expect(at({ manager: null }, '/manager/id')).toBeNull();
  expect(at({ manager: null }, '/manager/[kind=boss]/id')).toBeNull();
  expect(at({ manager: {} }, '/manager/id')).toBeUndefined();
  expect(at({}, '/manager/id')).toBeUndefined();
  expect(at({ manager: 7 }, '/manager/id')).toBeUndefined();
});

test.each([
  ['personio', { id: { value: 7 }, supervisor: { value: null } }],
  ['hibob', { id: '7', work: { reportsTo: null } }],
] as const)('%s: a person who no longer has a manager has none here, either', (id, person) => {
  const connector = connectorType(id);
  if (connector === undefined) throw new Error(id);

  expect(mapRecord(person, connector, connector.map).fields.manager).toBeNull();
});
