#!/usr/bin/env bash
# mailparser 3.14.2: the machine-readable part of a bounce (RFC 3464) ends up inside the prose.
#
# Behaviour seen: simpleParser of a multipart/report gives the message/delivery-status part neither as
# an attachment nor as a field of its own: its lines are appended to `text`, behind what the mail server
# wrote for people, with one line break between. The returned message is an attachment, so the one
# part that programs are meant to read is the one that is gone.
# Expected: parts that are not text/plain or text/html are attachments.
# What follows: a reader of Final-Recipient and Status in `text` also reads them in prose that quotes
# them. Bounces need the raw parts of the message.
# Source: run below; npm mailparser 3.14.2; RFC 3464, section 2.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund mailparser@3.14.2
cat > run.cjs <<'JS'
const { simpleParser } = require('mailparser');
const bounce = [
  'From: MAILER-DAEMON@mx.example', 'To: bounces@school.example', 'Subject: Undelivered',
  'MIME-Version: 1.0', 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', '',
  '--b', 'Content-Type: text/plain', '', 'We could not deliver it.',
  '--b', 'Content-Type: message/delivery-status', '',
  'Reporting-MTA: dns; mx.example', '', 'Final-Recipient: rfc822; ann@school.example',
  'Action: failed', 'Status: 5.1.1',
  '--b', 'Content-Type: message/rfc822', '', 'Message-ID: <1@school.example>', 'Subject: Hello', '', 'Hi',
  '--b--', '',
].join('\r\n');
simpleParser(bounce).then(({ text, attachments }) => {
  console.log(JSON.stringify({ text, attachments: attachments.map((a) => a.contentType) }));
});
JS
seen=$(node run.cjs)
expected='{"text":"We could not deliver it.\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ann@school.example\nAction: failed\nStatus: 5.1.1","attachments":["message/rfc822"]}'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
