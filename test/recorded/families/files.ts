import { Buffer } from 'node:buffer';
import type { Stage } from '../stage';

/** Files that are refused as a whole, and some that are not. */
export async function files(at: Stage): Promise<void> {
  for (const [name, text, ...options] of REFUSED) {
    await at.run(['import', at.file(name, text), ...options]);
  }
  await at.run(['import', 'columns']);
  await at.run(['import', 'template']);
  await at.run(['import', 'template', at.path('template.csv')]);
  await at.run(['import', 'template', at.path('template.csv')]);
  at.keep('template.csv');
  await at.run(['runs', 'list']);
}

const REFUSED: readonly (readonly [string, string | Buffer, ...string[]])[] = [
  ['empty.csv', ''],
  ['latin1.csv', Buffer.from('code,first name\n1,Zo\xeb\n', 'latin1')],
  ['null.csv', Buffer.from('code,first name\n1,A\0da\n')],
  ['unknown.csv', 'code,first name,shoe size,departmnet\n1,Ada,38,Sales\n'],
  ['twice.csv', 'code,first name,First_Name\n1,Ada,Ada\n'],
  ['no-key.csv', 'first name,last name\nAda,Byron\n'],
  ['quotes.csv', 'code,first name\n1,Ada\n2,"Grace\n3,Edsger\n'],
  ['ragged.csv', 'code,first name\n1,Ada\n2,Grace,Hopper\n'],
  ['spreadsheet.xlsx', Buffer.from('PK\x03\x04 and so on', 'latin1')],
  ['page.csv', '<!DOCTYPE html><html><body>Please log in</body></html>\n'],
  ['document.csv', '{"people": []}\n'],
  ['mapped.csv', 'Staff ref,first name\n1,Ada\n', '--map', 'Staf ref=code'],
  ['dates.csv', 'code,hire date\n1,31.12.2020\n', '--date-format', 'DD/MM/YYYY', '--dry-run'],
  ['wrong-delimiter.csv', 'code,first name\n1,Ada\n', '--delimiter', 'tab'],
];
