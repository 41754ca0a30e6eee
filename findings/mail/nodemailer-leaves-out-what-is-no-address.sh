#!/usr/bin/env bash
# nodemailer 10.6.0: a sender or a recipient without an address is left out without a word.
#
# Behaviour seen (smtp-server 3.21.6 at the other end): with `from: 'Academy'` the message goes out with
# MAIL FROM:<> (the sender of bounces) and without a From header; with `to: ['b@y.example', 'Carla']` it goes
# to b@y.example alone, and neither `accepted` nor `rejected` names Carla. Both calls resolve.
# Expected: an error, or the recipient among `rejected`. RFC 5322, section 3.6, requires a From header.
# What follows: a name set in place of an address sends thousands of messages that nobody can answer and
# that filters refuse, and a recipient is lost although the result looks complete. Check both before.
# Source: run below; npm nodemailer 10.6.0 and smtp-server 3.21.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund smtp-server@3.21.6 nodemailer@10.6.0
cat > run.cjs <<'JS'
const { SMTPServer } = require('smtp-server');
const nodemailer = require('nodemailer');
(async () => {
  const got = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, done) {
      const parts = [];
      stream.on('data', (part) => parts.push(part));
      stream.on('end', () => {
        const headers = Buffer.concat(parts).toString().split('\r\n\r\n')[0];
        const to = envelope.rcptTo.map(({ address }) => address).join(',');
        got.push(`MAIL FROM:<${envelope.mailFrom.address}> RCPT ${to}, From header ${/^From:/m.test(headers)}`);
        done();
      });
    },
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address();
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  for (const mail of [
    { from: 'Academy', to: ['b@y.example'] },
    { from: 'a@x.example', to: ['b@y.example', 'Carla'] },
  ]) {
    const { accepted, rejected } = await transport.sendMail({ ...mail, subject: 'x', text: 'x' });
    console.log(`${got.pop()}; accepted ${accepted.length}, rejected ${rejected.length}`);
  }
  transport.close();
  server.close();
})();
JS
seen=$(node run.cjs)
expected='MAIL FROM:<> RCPT b@y.example, From header false; accepted 1, rejected 0
MAIL FROM:<a@x.example> RCPT b@y.example, From header true; accepted 1, rejected 0'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
