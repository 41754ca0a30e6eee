#!/usr/bin/env bash
# smtp-server 3.21.6: two recipients that differ only in case are one in the envelope it reports.
#
# Behaviour seen: a client sends RCPT TO:<Ann@school.example> and RCPT TO:<ann@school.example>; both are
# answered 250, and session.envelope.rcptTo has the second one only. nodemailer, on the other side,
# says that both were accepted.
# Expected: the local part is case-sensitive on the wire (RFC 5321, section 2.4), and a server that
# is used as a sink in tests reports what it was given.
# What follows: a test that counts recipients in such a sink cannot see that somebody gets two.
# Source: run below; npm smtp-server 3.21.6 and nodemailer 10.6.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund smtp-server@3.21.6 nodemailer@10.6.0
cat > run.cjs <<'JS'
const { SMTPServer } = require('smtp-server');
const nodemailer = require('nodemailer');
const asked = [];
let envelope;
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  onRcptTo: ({ address }, _, done) => done(void asked.push(address)),
  onData(stream, session, done) {
    stream.resume().on('end', () => {
      envelope = session.envelope.rcptTo.map(({ address }) => address);
      done();
    });
  },
});
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.server.address();
  const client = nodemailer.createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const to = ['Ann@school.example', 'ann@school.example'];
  const { accepted } = await client.sendMail({ from: 'a@school.example', to, text: 'hi' });
  console.log(JSON.stringify({ asked, accepted, envelope }));
  server.close();
});
JS
seen=$(node run.cjs)
expected='{"asked":["Ann@school.example","ann@school.example"],"accepted":["Ann@school.example","ann@school.example"],"envelope":["ann@school.example"]}'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
