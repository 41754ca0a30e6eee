#!/usr/bin/env bash
# liquidjs 10.30.1: with outputEscape, what {% capture %} took is escaped a second time when printed.
#
# Behaviour seen: with `outputEscape: 'escape'` the text "A&B" prints as A&amp;B, directly and through
# {% assign %}. Through {% capture %} it prints as A&amp;amp;B: the capture holds text that is escaped
# already, and is escaped again. In a plain template nothing shows it until a name has an ampersand,
# a quote or an apostrophe.
# Expected: escaping at output happens once, whichever tag holds the text in between.
# What follows: a letter whose greeting is captured greets Mr O&amp;#39;Neil.
# Source: run below; npm liquidjs 10.30.1, option outputEscape.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund liquidjs@10.30.1
cat > run.cjs <<'JS'
const { Liquid } = require('liquidjs');
const engine = new Liquid({ outputEscape: 'escape' });
const print = (template) => engine.parseAndRenderSync(template, { name: "O'Neil & Co" });
console.log(print('{{ name }}'));
console.log(print('{% assign who = name %}{{ who }}'));
console.log(print('{% capture who %}{{ name }}{% endcapture %}{{ who }}'));
JS
seen=$(node run.cjs)
expected="O&#39;Neil &amp; Co
O&#39;Neil &amp; Co
O&amp;#39;Neil &amp;amp; Co"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
