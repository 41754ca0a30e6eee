import type { Stage } from '../stage';

/** People by hand, and what is kept beside them. */
export async function users(at: Stage): Promise<void> {
  await byHand(at);
  await found(at);
  await links(at);
  await beside(at);
}

async function byHand(at: Stage): Promise<void> {
  const anna = ['--code', 'U1', '--email', 'anna@example.org', '--first-name', 'Anna'];
  await at.run(['users', 'create', ...anna, '--hire-date', '2020-02-30']);
  await at.run(['users', 'create', ...anna, '--hire-date', '2020-02-29', '--manager', 'E1']);
  await at.run(['users', 'create', ...anna]);
  await at.run(['users', 'create', '--first-name', 'Nobody']);
  await at.run(['users', 'show', 'U1']);
  await at.run(['users', 'show', 'anna@example.org', '--explain']);
  await at.run(['users', 'show', 'E1', '--explain']);
  await at.run(['users', 'edit', 'U1', '--job-title', 'Head of Sales', '--clear', 'hireDate']);
  await at.run(['users', 'edit', 'U1', '--email', 'e1@example.org']);
  await at.run(['users', 'edit', 'U1', '--email', 'not an address', '--manager', 'nobody']);
  await at.run(['users', 'edit', 'U1', '--manager', 'U1']);
  await at.run(['users', 'edit', 'E1', '--manager', 'E2']);
  await at.run(['users', 'edit', 'U1', '--organization', 'NONE', '--status', 'asleep']);
  await at.run(['users', 'edit', 'U1', '--property', 'shirtSize=XL', '--property', 'hat=1']);
  await at.run(['users', 'edit', 'U1', '--property', 'shirtSize=XL', '--organization', 'WEST']);
  await at.run(['users', 'edit', 'U1', '--release', 'jobTitle']);
  await at.run(['users', 'edit', 'U1', '--release', 'shoe']);
  await at.run(['users', 'edit', 'nobody', '--job-title', 'x']);
  await at.run(['users', 'protect', 'U1']);
  await at.run(['users', 'protect', 'U1', '--off']);
  await at.run(['users', 'history', 'U1']);
  await at.run(['users', 'history', 'E1', '--limit', '2']);
}

async function found(at: Stage): Promise<void> {
  await at.run(['users', 'list', '--search', 'ada', '--count']);
  await at.run(['users', 'list', '--filter', 'department eq "Lab" and code sw "E"', '--count']);
  await at.run(['users', 'list', '--status', 'inactive', '--sort', '-code', '--limit', '3']);
  await at.run(['users', 'list', '--sort', 'code', '--limit', '2']);
  await at.run(['filters', 'save', 'lab', 'department eq "Lab"']);
  await at.run(['filters', 'save', 'bad', 'department xx "Lab"']);
  await at.run(['filters', 'list']);
  await at.run(['users', 'list', '--saved', 'lab', '--sort', 'code']);
  await at.run(['users', 'list', '--saved', 'none']);
  await at.run(['filters', 'rename', 'lab', 'laboratory']);
  await at.run(['filters', 'delete', 'laboratory']);
}

async function links(at: Stage): Promise<void> {
  const known = ['--source', 'csv', '--external-id', 'E2'];
  await at.run(['users', 'link', 'U1', ...known]);
  await at.run(['users', 'link', 'U1', ...known, '--move']);
  await at.run(['users', 'unlink', 'U1', ...known]);
  await at.run(['users', 'unlink', 'U1', ...known]);
  await at.run(['users', 'link', 'E2', ...known]);
  await at.run(['users', 'link', 'U1', '--source', 'none', '--external-id', '1']);
}

async function beside(at: Stage): Promise<void> {
  await at.run(['orgs', 'create', 'WEST', '--name', 'Again']);
  await at.run(['orgs', 'create', 'EAST', '--name', 'East coast']);
  await at.run(['orgs', 'rename', 'EAST', '--name', 'Far east']);
  await at.run(['orgs', 'list']);
  await at.run(['orgs', 'show', 'WEST']);
  await at.run(['properties', 'create', 'shirtSize', '--type', 'text', '--name', 'Again']);
  await at.run(['properties', 'create', 'badge', '--type', 'number', '--name', 'Badge']);
  await at.run(['properties', 'list']);
  await at.run(['properties', 'delete', 'badge']);
  await at.run(['properties', 'delete', 'shirtSize']);
  await at.run(['mappings', 'save', 'hr', '--map', 'Emp No=code,Notes=-,status:"On leave"=active']);
  await at.run(['mappings', 'list']);
  await at.run(['mappings', 'show', 'hr']);
  const mapped = at.file('mapped-hr.csv', 'Emp No,Notes,status\nE1,x,On leave\nE2,y,Retired\n');
  await at.run(['import', mapped, '--map', 'hr', '--dry-run']);
  await at.run(['mappings', 'delete', 'hr']);
}
