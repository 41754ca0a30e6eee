#!/usr/bin/env bash
# mailparser 3.14.2: a returned letter that is marked inline loses its Message-ID.
#
# Behaviour seen: simpleParser keeps a part message/rfc822 as an attachment, with all of its headers. With
# "Content-Disposition: inline", the very same part is merged into `text`: From, Subject and body are
# there, and its Message-ID, References and Received lines are in no field of the result, neither among
# the headers nor in the text. `ignoreEmbedded: true` keeps it as an attachment.
# Expected: a disposition says how a part is shown, and loses none of its headers.
# What follows: a bounce is matched by the Message-ID of the letter that it returns, and for such bounces
# there is none, although the message holds it in plain text.
# Source: run below; npm mailparser 3.14.2; RFC 2183, section 2.1; RFC 3462, section 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund mailparser@3.14.2
cat > run.cjs <<'JS'
const { simpleParser } = require('mailparser');
const bounce = (disposition) => [
  'From: MAILER-DAEMON@mx.example', 'To: bounces@school.example', 'Subject: Undelivered',
  'MIME-Version: 1.0', 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', '',
  '--b', 'Content-Type: text/plain', '', 'We could not deliver it.',
  '--b', 'Content-Type: message/rfc822', ...disposition, '',
  'Message-ID: <1@school.example>', 'From: office@school.example', 'Subject: Hello', '', 'Hi',
  '--b--', '',
].join('\r\n');
const inline = ['Content-Disposition: inline'];
const has = async (raw, options) => JSON.stringify(await simpleParser(raw, options).then((mail) => ({
  ...mail, headers: [...mail.headers], attachments: mail.attachments.map(({ content }) => String(content)),
}))).includes('1@school.example');
(async () => {
  console.log(`no disposition: ${await has(bounce([]))}`);
  console.log(`inline: ${await has(bounce(inline))}`);
  console.log(`inline, ignoreEmbedded: ${await has(bounce(inline), { ignoreEmbedded: true })}`);
})();
JS
seen=$(node run.cjs)
expected='no disposition: true
inline: false
inline, ignoreEmbedded: true'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
