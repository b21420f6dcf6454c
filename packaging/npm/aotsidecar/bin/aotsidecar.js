#!/usr/bin/env node
'use strict';

// Runs the executable of this platform in place of itself: same arguments, streams, signals and exit code.

const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const { executablePath } = require('../lib/executable.js');

let path;
try {
  path = executablePath();
} catch (error) {
  console.error(`aotsidecar: ${error.message}`);
  process.exit(1);
}

const child = spawn(path, process.argv.slice(2), { stdio: 'inherit', windowsHide: true });

// A terminal sends Ctrl-C and its hang-up to the executable as well, and so does a Windows console. Sent on, they would
// arrive twice, and a second signal makes the executable exit at once instead of ending its streams.
const shared = process.platform === 'win32' || process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']) {
  if (signal in constants.signals) {
    process.on(signal, () => {
      if (signal === 'SIGTERM' || !shared) {
        child.kill(signal);
      }
    });
  }
}

child.on('error', (error) => {
  console.error(`aotsidecar: cannot run ${path}: ${error.message}`);
  process.exit(1);
});

child.on('exit', (code, signal) => {
  if (signal === null) {
    process.exit(code);
  }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
