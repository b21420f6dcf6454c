'use strict';

// Finds the executable among the optional dependencies: npm installs only the one whose os, cpu and libc fit. Nothing is
// downloaded and nothing runs at install time, so `npm install --ignore-scripts` is complete.

const { dirname, join } = require('node:path');

/** The platforms with a package of their own, in the words of npm's os, cpu and libc fields. */
const platforms = Object.keys(require('../package.json').optionalDependencies ?? {}).map((name) => name.split('/')[1]);

function platform() {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' && isMusl() ? `${name}-musl` : name;
}

/** glibc tells its version in Node's diagnostic report; musl has none to tell. */
function isMusl() {
  // The report would otherwise look up the names of the network's peers.
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime === undefined;
}

/**
 * The absolute path of the executable for this platform.
 *
 * @returns {string} AOTSIDECAR_BINARY when set, for an executable built by hand
 * @throws {Error} whose message says what to do
 */
function executablePath() {
  if (process.env.AOTSIDECAR_BINARY) {
    return process.env.AOTSIDECAR_BINARY;
  }

  const name = platform();
  if (!platforms.includes(name)) {
    throw new Error(`there is no executable for ${name}; there are ${platforms.join(', ')}. `
      + 'Build one with publish.sh and name it in AOTSIDECAR_BINARY');
  }

  const executable = process.platform === 'win32' ? 'aotsidecar.exe' : 'aotsidecar';
  try {
    return join(dirname(require.resolve(`@aotsidecar/${name}/package.json`)), 'bin', executable);
  } catch {
    throw new Error(`the package @aotsidecar/${name} is not installed; install aotsidecar again on this machine, `
      + 'without --omit=optional');
  }
}

module.exports = { executablePath };
