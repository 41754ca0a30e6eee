#!/usr/bin/env bash
# csvkit 2.1.0 (agate): sorting or joining a list of people empties the names "Null", "None" and "Na".
#
# Behaviour seen: csvsort and csvjoin take the words none, null, na, n/a and "." in any case for an
# empty cell and write them back as one. With --no-inference (-I), which stops the guessing of types
# and keeps the zeros of 00123, they still do; only --blanks stops it. csvcut and csvgrep leave
# the same cells as they are, so a list that is cut stays whole and a list that is sorted does not.
# Expected: a tool that reorders rows does not change cells, the less so with inference off.
# What follows: a file "sorted once" says that these people have no last name.
# Source: run below; PyPI csvkit 2.1.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check csvkit==2.1.0
printf 'number,first,last\n00123,Ann,Null\n00045,Bo,None\n00007,Na,Tan\n' > people.csv

check() {
  if [ "$2" != "$3" ]; then
    printf 'changed: %s\n--- seen\n%s\n--- expected\n%s\n' "$1" "$2" "$3" >&2
    exit 1
  fi
  printf '%s:\n%s\n\n' "$1" "$2"
}
check 'csvsort' "$(venv/bin/csvsort -c number people.csv)" \
  $'number,first,last\n7,,Tan\n45,Bo,\n123,Ann,'
check 'csvsort --no-inference' "$(venv/bin/csvsort -I -c number people.csv)" \
  $'number,first,last\n00007,,Tan\n00045,Bo,\n00123,Ann,'
check 'csvjoin --no-inference' "$(venv/bin/csvjoin -I -c number people.csv people.csv)" \
  $'number,first,last,first2,last2\n00123,Ann,,Ann,\n00045,Bo,,Bo,\n00007,,Tan,,Tan'
check 'csvsort --no-inference --blanks' "$(venv/bin/csvsort -I --blanks -c number people.csv)" \
  $'number,first,last\n00007,Na,Tan\n00045,Bo,None\n00123,Ann,Null'
check 'csvgrep' "$(venv/bin/csvgrep -c first -r . people.csv)" "$(cat people.csv)"
