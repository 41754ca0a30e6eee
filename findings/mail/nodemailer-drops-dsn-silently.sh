#!/usr/bin/env bash
# nodemailer 10.6.0: a requested delivery status notification is left out without a word where the
# server does not offer DSN.
#
# Behaviour seen: sendMail({ dsn: … }) to a server whose EHLO answer lacks DSN resolves as a success, and
# RCPT goes out without NOTIFY. The one trace is that `info.ehlo`, the list of extensions, has no DSN.
# Expected: a request that the caller made on purpose is refused, or its absence is reported.
# What follows: a caller that waits for a "delayed" or "failed" report may wait for ever; look at info.ehlo.
# Source: run below; npm nodemailer 10.6.0 and smtp-server 3.21.6; RFC 3461, section 4.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund smtp-server@3.21.6 nodemailer@10.6.0
cat > run.cjs <<'JS'
const net = require('node:net');
const nodemailer = require('nodemailer');
// A server of a few lines: what matters is its EHLO answer, and the commands it was given.
async function told(extension) {
  const commands = [];
  const server = net.createServer((socket) => {
    let body = false;
    let rest = '';
    socket.write('220 mx.example\r\n');
    socket.on('data', (chunk) => {
      rest += chunk;
      for (let at; (at = rest.indexOf('\r\n')) >= 0; rest = rest.slice(at + 2)) {
        const line = rest.slice(0, at);
        if (body) {
          if (line === '.') { body = false; socket.write('250 queued\r\n'); }
          continue;
        }
        commands.push(line);
        if (/^EHLO/.test(line)) socket.write(`250-mx.example\r\n250 ${extension}\r\n`);
        else if (/^DATA/.test(line)) { body = true; socket.write('354 go\r\n'); }
        else if (/^QUIT/.test(line)) { socket.end('221 bye\r\n'); }
        else socket.write('250 ok\r\n');
      }
    });
    socket.on('error', () => undefined);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const client = nodemailer.createTransport({ host: '127.0.0.1', port: server.address().port, ignoreTLS: true });
  const info = await client.sendMail({
    from: 'a@school.example', to: 'ann@school.example', text: 'hi',
    dsn: { id: 'x1', return: 'headers', notify: ['failure', 'delay'], recipient: 'a@school.example' },
  });
  client.close();
  server.close();
  return [commands.find((line) => line.startsWith('RCPT')), info.ehlo];
}
(async () => {
  for (const extension of ['8BITMIME', 'DSN']) console.log(JSON.stringify(await told(extension)));
})();
JS
seen=$(node run.cjs)
expected='["RCPT TO:<ann@school.example>",["8BITMIME"]]
["RCPT TO:<ann@school.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@school.example",["DSN"]]'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
