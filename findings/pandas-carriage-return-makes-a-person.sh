#!/usr/bin/env bash
# pandas 2.2.3 on Python before 3.13: a carriage return in a cell makes two rows of one person.
#
# Behaviour seen: DataFrame.to_csv writes a text with a lone carriage return without quotes, since
# Python's csv quotes a line break only where it is a character of the line end, which is \n on Linux.
# read_csv ends a row at it. So a table that pandas writes is read back by pandas with a row more: the
# first has lost its e-mail address, and the second is a person whose number is "Town". Nothing warns.
# Expected: what one function writes, the other reads back; RFC 4180 quotes CR as it quotes LF.
# What follows: where a header ends with LF, a carriage return within a line is text, not the end of a
# row. (From Python 3.13 on csv quotes it; sheets with old addresses have CR or CR LF in cells.)
# Source: run below; PyPI pandas 2.2.3 (with numpy 2.2.6), on the python3 of the machine.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -c 'import sys; sys.exit(sys.version_info >= (3, 13))' ||
  { echo 'This is about Python before 3.13: put an older python3 first in the PATH.' >&2; exit 1; }
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pandas==2.2.3 numpy==2.2.6
cat > seen.py <<'PY'
import pandas

people = pandas.DataFrame(
    {"code": ["7", "8"], "street": ["12 Main St\rTown", "2 Side St"], "email": ["a@x.example", "b@x.example"]}
)
people.to_csv("people.csv", index=False)
print(repr(open("people.csv", "rb").read()))
for row in pandas.read_csv("people.csv", dtype=str, keep_default_na=False).itertuples(index=False):
    print(tuple(row))
PY
seen=$(venv/bin/python seen.py)
expected=$(cat <<'TEXT'
b'code,street,email\n7,12 Main St\rTown,a@x.example\n8,2 Side St,b@x.example\n'
('7', '12 Main St', '')
('Town', 'a@x.example', '')
('8', '2 Side St', 'b@x.example')
TEXT
)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
