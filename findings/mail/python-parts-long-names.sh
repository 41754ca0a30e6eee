#!/usr/bin/env bash
# Python 3.6 to 3.13.0: the name of a sender or recipient gets a space wherever its encoded words meet.
#
# Behaviour seen: a name such as "Нина Петрова" is longer than one encoded word may be (75 characters) as soon as it
# has some 20 Cyrillic letters, so a mail program writes it as several. email.policy.default, the documented way to
# read a message, keeps the space between the words in From, To, Cc and Reply-To: "Al" and "ice" become "Al ice". In
# Subject, by the same policy, the very same words are joined; so they are by email.header.decode_header.
# Expected: RFC 2047, section 6.2: white space between two adjacent encoded words is ignored, in a phrase, too.
# What follows: a program that takes people's names from messages stores names that are cut at random places, and
# a test by which a message reads back equal fails for names of a certain length.
# Source: run below, with the python3 of the machine; seen alike with 3.6.15, 3.8.18, 3.10.13, 3.11.7, 3.12.1, 3.13.0;
# issue 128110 of CPython, mended in later releases.
set -euo pipefail
show() {
  python3 - <<'PY'
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser

for words in ("=?UTF-8?Q?Al?= =?UTF-8?Q?ice?=", "=?UTF-8?B?0J3QuNC90LA=?=\r\n =?UTF-8?B?INCf0LXRgtGA0L7QstCw?="):
    raw = f"From: {words} <a@x.example>\r\nSubject: {words}\r\n\r\nx".encode()
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    (sender,) = mail["from"].addresses
    print(repr(sender.display_name), repr(str(mail["subject"])), repr(str(make_header(decode_header(words)))))
PY
}
seen=$(show)
expected=$(cat <<'TEXT'
'Al ice' 'Alice' 'Alice'
'Нина  Петрова' 'Нина Петрова' 'Нина Петрова'
TEXT
)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
