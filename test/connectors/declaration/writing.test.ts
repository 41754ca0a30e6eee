import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateConnector } from '../../../connectors/declaration/validate';

test('the complete example in docs/connectors/writing.md is a valid connection file', () => {
  const page = readFileSync(join(__dirname, '../../../docs/connectors/writing.md'), 'utf8');
  const [, example = ''] = /```json\n([^]*?)```/.exec(page) ?? [];

  expect(validateConnector(JSON.parse(example))).toMatchObject({ ok: true });
});
