#!/usr/bin/env bash
# R 4.6.0 (as webr 0.6.0): write.csv writes only the round numbers of a column in exponent form.
#
# Behaviour seen: in a column of doubles, write.csv writes 100001 as 100001 and 100000 as 1e+05, in the
# same column, since each number takes the shorter of its two forms. In a column of integers it does
# not, and read.csv makes integers: so a list that is read and written keeps its numbers until one of
# them is above 2147483647, which makes doubles of all. As a text, as.character(100000) is "1e+05", too,
# so turning the column into text does not help afterwards.
# Expected: one column, one form.
# What follows: of 200 people one has another number, which no limit for "many people" notices; a key of
# this form is a fault of its row, and counts as unreadable.
# Source: run below; npm webr 0.6.0 (with ws 8.21.0, which it needs and does not name).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund webr@0.6.0 ws@8.21.0
cat > seen.mjs <<'JS'
import { WebR } from 'webr';
const r = new WebR({ interactive: false });
await r.init();
const tables = [
  'id=c(99999, 100000, 100001, 200000)',
  'id=c(99999L, 100000L, 100001L, 200000L)',
  'id=read.csv(text="id\n100000\n100001\n2147483648")$id',
  'id=as.character(c(100000, 100001))',
];
for (const table of tables) {
  await r.evalRVoid(`write.csv(data.frame(${table}), "/tmp/ids.csv", row.names=FALSE)`);
  const written = Buffer.from(await r.FS.readFile('/tmp/ids.csv')).toString();
  console.log(`${JSON.stringify(table)}: ${written.split('\n').slice(1, -1).join(' ')}`);
}
process.exit(0);
JS
seen=$(node seen.mjs)
expected=$(cat <<'TEXT'
"id=c(99999, 100000, 100001, 200000)": 99999 1e+05 100001 2e+05
"id=c(99999L, 100000L, 100001L, 200000L)": 99999 100000 100001 200000
"id=read.csv(text=\"id\n100000\n100001\n2147483648\")$id": 1e+05 100001 2147483648
"id=as.character(c(100000, 100001))": "1e+05" "100001"
TEXT
)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
