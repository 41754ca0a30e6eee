#!/usr/bin/env bash
# scim2-parse-filter 0.2.10: strings of a filter are not read as JSON: \u escapes stay as they are
# written, and a string that ends in an escaped backslash is refused.
#
# Behaviour seen: `name.familyName eq "Andr\u00e9"` parses without an error to the text Andr\u00e9, six
# characters for one, and matches nobody called André; `profile co "\\"` raises "is not json".
# Escaped quotes are decoded, so that the common case hides the others.
# Expected: comparison values are JSON (RFC 7644, section 3.4.2.2, "compValue"), read with JSON.parse.
# What follows: clients that escape non-ASCII letters (many JSON writers do) find nobody.
# Source: run below; npm scim2-parse-filter 0.2.10.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund scim2-parse-filter@0.2.10
cat > run.cjs <<'JS'
const { parse, filter } = require('scim2-parse-filter');
const escaped = parse(String.raw`name.familyName eq "Andr\u00e9"`);
console.log(escaped.compValue, filter(escaped)({ name: { familyName: 'André' } }));
console.log(parse(String.raw`name.familyName eq "a\"b"`).compValue);
try {
  console.log(parse(String.raw`profile co "\\"`).compValue);
} catch (error) {
  console.log('refused:', /is not json/.test(error.message));
}
JS
seen=$(node run.cjs)
expected='Andr\u00e9 false
a"b
refused: true'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
