#!/usr/bin/env bash
# json-bigint 1.0.0: with `useNativeBigInt`, valid JSON with an ordinary decimal is refused, and with
# `storeAsString` that decimal becomes a text: what counts is the length of the number, not its size.
#
# Behaviour seen: `{"fte":0.8333333333333334}`, which is how JavaScript and Python write 5/6, raises
# "Cannot convert 0.8333333333333334 to a BigInt"; with `storeAsString` it is a string. The same number
# rounded to 0.83 is read. An answer of a system that holds one such share cannot be read at all.
# Expected: a whole number beyond 2^53 becomes a BigInt (or a text), every other number a number.
# What follows: an HR answer with ids beyond 2^53 and part-time shares needs another reader. Ours looks
# whether a number is written again with the digits that it was read from.
# Source: run below; npm json-bigint 1.0.0 (lib/parse.js compares `string.length > 15`).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund json-bigint@1.0.0
cat > run.cjs <<'JS'
const json = require('json-bigint');
const answer = JSON.stringify({ id: 7, fte: 5 / 6 });
console.log(answer);
try {
  console.log(json({ useNativeBigInt: true }).parse(answer));
} catch (error) {
  console.log('refused:', error.message);
}
console.log(typeof json({ storeAsString: true }).parse(answer).fte);
const { id, fte } = json({ useNativeBigInt: true }).parse('{"id":9007199254740993,"fte":0.83}');
console.log(String(id), fte);
JS
seen=$(node run.cjs)
expected='{"id":7,"fte":0.8333333333333334}
refused: Cannot convert 0.8333333333333334 to a BigInt
string
9007199254740993 0.83'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
