#!/usr/bin/env bash
# Postfix 3.7.11: the log names the Message-ID of a letter that Postfix never took.
#
# Behaviour seen: cleanup(8) logs "QUEUEID: message-id=<…>" as soon as it reads that header. A client that is
# gone before the final dot leaves the same line behind, and the letter is thrown away: what is missing is
# qmgr's line "QUEUEID: from=<…>, size=…, nrcpt=1 (queue active)".
# Expected: that a letter whose Message-ID is in the log of the mail server was taken by it.
# What follows: `grep message-id= mail.log` is no list of what was delivered. Rollcall counts a Message-ID that
# cleanup logged only once the queue manager has the letter (`campaigns resolve --accepted-ids`).
# Source: run below, on Debian 12 as root; apt postfix 3.7.11-0+deb12u1.
set -euo pipefail
command -v postfix > /dev/null ||
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postfix=3.7.11-0+deb12u1 > /dev/null
work=$(mktemp -d)
trap 'postfix -c "$work/etc" stop 2> /dev/null || true; rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/etc" "$work/spool" "$work/data"
chown postfix "$work/data"
cat > "$work/etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $work/spool
data_directory = $work/data
daemon_directory = /usr/lib/postfix/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.school.example
mydestination = school.example
local_recipient_maps =
local_transport = discard
maillog_file = $work/mail.log
maillog_file_prefixes = $work
CF
cat > "$work/etc/master.cf" <<'CF'
127.0.0.1:2599 inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
CF
postfix -c "$work/etc" start 2> /dev/null
cat > "$work/send.py" <<'PY'
import socket, time
def letter(name, dot):
    client = socket.create_connection(('127.0.0.1', 2599))
    replies = client.makefile('rb')
    replies.readline()
    for line in ['HELO a', 'MAIL FROM:<a@school.example>', 'RCPT TO:<b@school.example>', 'DATA']:
        client.sendall(line.encode() + b'\r\n')
        replies.readline()
    client.sendall(f'Message-ID: <{name}@school.example>\r\n\r\n'.encode() + b'a line\r\n' * 9000)
    if dot:
        client.sendall(b'.\r\n')
        replies.readline()
    time.sleep(1)
    client.close()
letter('whole', True)
letter('broken', False)
PY
for _ in $(seq 50); do (echo > /dev/tcp/127.0.0.1/2599) 2> /dev/null && break; sleep 0.1; done
python3 "$work/send.py"
sleep 2
seen=$(sed -nE 's/.*\/(cleanup|qmgr)\[[0-9]+\]: ([0-9A-F]+): (message-id=<[a-z]+|.*queue active).*/\2 \3/p' "$work/mail.log" |
  awk '/message-id/ { id[$1] = $2; sub(/message-id=</, "", id[$1]) } /queue active/ { taken[$1] = 1 }
    END { for (q in id) print id[q], (q in taken ? "taken" : "logged and not taken") }' | sort)
expected=$(printf 'broken logged and not taken\nwhole taken')
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
