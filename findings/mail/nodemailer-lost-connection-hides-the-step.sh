#!/usr/bin/env bash
# nodemailer 10.6.0: a connection that is lost gives the same error whether the message was handed over or not.
#
# Behaviour seen: the server hangs up in place of its reply to MAIL FROM, RCPT TO, DATA, or after the final dot
# of the message. Each time sendMail rejects with code ECONNECTION, command CONN and the message
# "Connection closed unexpectedly"; there is no responseCode.
# Expected: `command` names the step that was under way, as it does for replies (MAIL FROM, RCPT TO, DATA).
# And a `raw` stream of the caller's own does not tell the cases apart either: it is read into a buffer before
# the connection says MAIL FROM, so a mark at its first read is set each time.
# What follows: "CONN" reads as if no connection had come about, which is safe to send again. After the final
# dot the server may have taken the message, and sending it again makes two. A plugin of the step 'stream' that
# puts the caller's stream in place of `mail.message.createReadStream` gets a mark that can be trusted.
# Source: run below; npm nodemailer 10.6.0; RFC 5321, section 4.2.5 and 6.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund nodemailer@10.6.0
cat > run.cjs <<'JS'
const net = require('node:net');
const { Readable } = require('node:stream');
const nodemailer = require('nodemailer');
// A server of a few lines that hangs up at one step.
function serverThatHangsUp(at) {
  const server = net.createServer((socket) => {
    let body = false;
    let heard = '';
    socket.on('error', () => undefined);
    socket.write('220 mx.example\r\n');
    socket.on('data', (chunk) => {
      heard += chunk;
      if (body) {
        if (heard.includes('\r\n.\r\n')) socket.destroy();
        return;
      }
      const verb = heard.slice(0, 4);
      heard = '';
      if (verb === at) socket.destroy();
      else if (verb === 'DATA') {
        body = true;
        socket.write('354 go on\r\n');
      } else socket.write('250 ok\r\n');
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
(async () => {
  for (const at of ['MAIL', 'RCPT', 'DATA', 'final dot']) {
    const server = await serverThatHangsUp(at);
    const { port } = server.address();
    const transport = nodemailer.createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
    let read = false;
    const raw = Readable.from(
      (function* () {
        read = true;
        yield 'Subject: x\r\n\r\nHello\r\n';
      })(),
    );
    const envelope = { from: 'a@x.example', to: ['b@y.example'] };
    const error = await transport.sendMail({ envelope, raw }).catch((e) => e);
    const { code, command, responseCode, message } = error;
    console.log(`${at}: ${code} ${command} ${responseCode} ${message} (message read: ${read})`);
    transport.close();
    server.close();
  }
})();
JS
seen=$(node run.cjs)
expected='MAIL: ECONNECTION CONN undefined Connection closed unexpectedly (message read: true)
RCPT: ECONNECTION CONN undefined Connection closed unexpectedly (message read: true)
DATA: ECONNECTION CONN undefined Connection closed unexpectedly (message read: true)
final dot: ECONNECTION CONN undefined Connection closed unexpectedly (message read: true)'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
