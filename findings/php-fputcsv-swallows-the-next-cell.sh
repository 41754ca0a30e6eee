#!/usr/bin/env bash
# PHP 8.2 (as @php-wasm/node-8-2 3.1.56): a cell that ends with a backslash swallows the next one.
#
# Behaviour seen: fputcsv with its defaults writes the home folder \\srv\home\ as "\\srv\home\", and
# fgetcsv, with its defaults too, takes the backslash before the closing quote for an escape. So the
# next cell becomes a part of the folder, quotes and comma included: three cells are written, two are
# read. A reader of RFC 4180 reads that file right; but a text with \" it cannot read, since fputcsv
# does not double a quote behind a backslash. So no one way reads both cells of one such file.
# Expected: what one function writes, the other reads back. Only escape: '' gives that.
# What follows: a file with \" is refused by default, and `--escape backslash` reads it; one that has
# both has to be written again, with escape: ''.
# Source: run below; npm @php-wasm/node-8-2 3.1.56 and @php-wasm/universal 3.1.56 (PHP 8.2.33). The
# builds for 8.4 and 8.5 do the same, and warn that the default will change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund @php-wasm/node-8-2@3.1.56 @php-wasm/universal@3.1.56
cat > seen.php <<'PHP'
<?php
function seen($row, ...$more) {
  $file = fopen('php://memory', 'w+');
  fputcsv($file, $row, ...$more);
  rewind($file);
  echo stream_get_contents($file);
  rewind($file);
  $read = fgetcsv($file, null, ...$more);
  echo '  read back: ', json_encode($read, JSON_UNESCAPED_SLASHES), "\n";
}
$row = ['7', '\\\\srv\\home\\', 'Ann Lee'];
seen($row);
seen(['7', 'the \\"boss\\"', 'Ann Lee']);
seen($row, ',', '"', '');
PHP
cat > seen.mjs <<'JS'
import * as loader from '@php-wasm/node-8-2';
import { loadPHPRuntime, PHP } from '@php-wasm/universal';
import { readFileSync } from 'node:fs';
const php = new PHP(await loadPHPRuntime(await loader.getPHPLoaderModule(), { processId: 1 }));
const { text } = await php.run({ code: readFileSync('seen.php', 'utf8') });
process.stdout.write(text, () => process.exit(0));
JS
seen=$(node seen.mjs)
expected=$(cat <<'TEXT'
7,"\\srv\home\","Ann Lee"
  read back: ["7","\\\\srv\\home\\\",Ann Lee\""]
7,"the \"boss\"","Ann Lee"
  read back: ["7","the \\\"boss\\\"","Ann Lee"]
7,\\srv\home\,"Ann Lee"
  read back: ["7","\\\\srv\\home\\","Ann Lee"]
TEXT
)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
