import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connectorType, connectorTypes } from '../../../connectors/vendors';
import { validateConnector } from '../../../connectors/declaration/validate';

describe('the declarations that come with Rollcall', () => {
  it.each(connectorTypes().map((connector) => [connector.id, connector] as const))(
    '%s is valid, plain JSON, and has a page',
    (id, connector) => {
      const validation = validateConnector(JSON.parse(JSON.stringify(connector)));

      expect(validation).toMatchObject({ ok: true, connector });
      expect(existsSync(join(__dirname, `../../../docs/connectors/${id}.md`))).toBe(true);
    },
  );

  it('are thirteen, each found by its id', () => {
    expect(connectorTypes().map(({ id }) => id)).toEqual([
      'bamboohr',
      'hibob',
      'personio',
      'workdayRaas',
      'scim',
      'hubspot',
      'salesforce',
      'entra',
      'rippling',
      'gusto',
      'merge',
      'restGeneric',
      'odata',
    ]);
    expect(connectorType('gusto')?.name).toBe('Gusto');
    expect(connectorType('nothing')).toBeUndefined();
  });

  it.each(
    connectorTypes()
      .filter(({ system }) => system === 'hris')
      .map((c) => [c.id, c] as const),
  )('%s deactivates people who are missing, after two complete reads', (_, connector) => {
    expect(connector.deletion.absence).toEqual({ needs: 'completeFull', times: 2 });
  });
});
