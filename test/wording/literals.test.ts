import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const root = join(__dirname, '..', '..');

test('operations, store and domain name no command: what to do is data there', () => {
  const worded = ['operations', 'store', 'domain']
    .flatMap((folder) => sourcesIn(folder))
    .flatMap((file) => literalsOf(file).map((text) => `${file}: ${text}`));

  expect(worded).toEqual([]);
});

test('a command in a literal is found, whole or in parts of a template', () => {
  const source = ts.createSourceFile('x.ts', 'f(`${a} rollcall runs ${b}`, "rollcall up")', 99);

  expect(commandsIn(source)).toEqual([' rollcall runs ', 'rollcall up']);
});

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => name.endsWith('.ts') && !name.includes('generated'));
}

function literalsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return commandsIn(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
}

function commandsIn(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isText =
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddle(node) ||
      ts.isTemplateTail(node);
    if (isText && /rollcall /.test(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
