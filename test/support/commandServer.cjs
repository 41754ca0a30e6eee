'use strict';
// Runs command lines of the built program, each as a process of its own would: started once, it has
// loaded what every command loads (most of a second each time). Speaks over the channel of `fork`.
const { join } = require('node:path');
const { PassThrough, Readable } = require('node:stream');

const root = join(__dirname, '..', '..');
// What the program takes for its own path.
process.argv[1] = join(root, 'bin', 'rollcall.js');
const { main } = require(join(root, 'dist', 'cli', 'program.js'));
const { processIo } = require(join(root, 'dist', 'cli', 'output.js'));

async function textOf(stream) {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

async function run(args) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const texts = Promise.all([textOf(stdout), textOf(stderr)]);
  const exit = await main(args, {
    ...processIo(),
    stdin: Readable.from([]),
    stdout,
    stderr,
    outcome: { exit: 0 },
    terminal: { input: false, output: false, error: false },
  });
  stdout.end();
  stderr.end();
  const [out, err] = await texts;
  return { exit, stdout: out, stderr: err };
}

process.on('message', ({ id, args }) => {
  run(args).then(
    (ended) => process.send({ id, ended }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  );
});
