#!/usr/bin/env node
'use strict';
// The command. In a clone that was never built it sets the clone up first.
const { existsSync, realpathSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.dirname(path.dirname(realpathSync(__filename)));
const cli = path.join(root, 'dist', 'cli', 'main.js');

if (!existsSync(cli)) {
  const setup = path.join(root, 'scripts', 'setup.mjs');
  const done = spawnSync(process.execPath, [setup, '--quiet', '--no-test-server'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (done.status !== 0) process.exit(1);
}
require(cli);
