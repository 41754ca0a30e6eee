import { Fault } from '../../domain/faults';
import type { Faults } from '../../domain/severalFaults';
import { shown } from '../../domain/shown';
import type { ArchivedAmong } from '../../store/users/many/archived';

/** Adds the faults of what is archived, each to its field. */
export function addArchived(faults: Faults, { organization, properties }: ArchivedAmong): void {
  if (organization !== null) faults.add('organization', organizationArchived(organization));
  for (const key of properties) faults.add(`properties.${key}`, propertyArchived(key));
}

/** The fault of putting people into an archived organization. */
function organizationArchived(code: string): Fault {
  return new Fault('conflict', {
    code: 'organization_archived',
    message: `The organization ${shown(code)} is archived: nobody new comes into it.`,
    next: { do: 'reopenOrganization', code },
  });
}

function propertyArchived(key: string): Fault {
  return new Fault('conflict', {
    code: 'property_archived',
    message: `The property ${shown(key)} is archived: nobody gets a new value in it.`,
    next: { do: 'reopenProperty', key },
  });
}
