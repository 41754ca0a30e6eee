'use strict';
// The import table in words: the table that docs/ARCHITECTURE.md prints between its two markers.
const { PROGRAM_ROWS, TABLE } = require('./boundaries.cjs');

const HEAD = ['folder', 'what it is', 'may import', 'npm packages, and Node'];
const BEGIN = '<!-- printed from scripts/lib/boundaries.cjs -->';
const END = '<!-- end of the printed table -->';

/** The whole table in Markdown, aligned as Prettier aligns it. */
function importTable() {
  const rows = [
    ...Object.entries(TABLE).map(([folder, row]) => [
      `\`${folder}/\``,
      row.what,
      importsOf(row),
      packagesOf(row),
    ]),
    ...Object.entries(PROGRAM_ROWS).map(([folder, what]) => [
      `\`${folder}/\``,
      what,
      'everything',
      'everything',
    ]),
  ];
  const widths = HEAD.map((_, at) => Math.max(...[HEAD, ...rows].map((row) => row[at].length)));
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(HEAD), rule, ...rows.map(line)].join('\n');
}

function importsOf({ folders, parts = {}, types = [] }) {
  const some = Object.entries(parts).map(([folder, names]) => {
    const rest = types.includes(folder) ? ', else types' : '';
    return `of ${folder} ${names.map((name) => `\`${name}\``).join(' ')}${rest}`;
  });
  const onlyTypes = types.filter((folder) => !(folder in parts));
  const all = [
    folders.join(', '),
    ...some,
    ...(onlyTypes.length === 0 ? [] : [`types of ${onlyTypes.join(', ')}`]),
  ].filter((part) => part !== '');
  return all.length === 0 ? 'nothing' : all.join('; ');
}

function packagesOf({ packages, node }) {
  const names = packages.map((name) => (name.endsWith('/') ? `${name}*` : name));
  const all = [...names.map((name) => `\`${name}\``), ...(node ? ['Node'] : [])];
  return all.length === 0 ? 'none' : all.join(', ');
}

/** A page with what stands between its markers replaced by the table as it is now. */
function withTable(page) {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error('the page has no place for the import table');
  return `${before}${BEGIN}\n\n${importTable()}\n\n${END}${after}`;
}

module.exports = { importTable, withTable };
