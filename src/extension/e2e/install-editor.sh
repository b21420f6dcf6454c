#!/bin/sh
# Installs code-server, the real editor host of the end-to-end test, once per machine and outside the checkout.
# Prints the folder it is in as its last line.
set -eu

version=4.96.4
home=${AOTSIDECAR_E2E_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/aotsidecar/code-server-$version}

if [ -f "$home/.installed" ]; then
  echo "$home"
  exit 0
fi

missing=
for package in build-essential python3 libkrb5-dev libx11-dev libxkbfile-dev libsecret-1-dev chromium; do
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
if [ -n "$missing" ] && [ "${AOTSIDECAR_E2E_SKIP_PACKAGE_CHECK:-}" != 1 ]; then
  echo "install-editor: needs Debian packages: sudo apt-get install -y$missing" >&2
  echo "install-editor: elsewhere install their equivalents and set AOTSIDECAR_E2E_SKIP_PACKAGE_CHECK=1" >&2
  exit 1
fi

rm -rf "$home"
mkdir -p "$home"
# The install scripts would download ripgrep from a third place; only the native modules the server loads are built.
npm install --prefix "$home" --ignore-scripts --no-fund --no-audit "code-server@$version" >&2
(cd "$home" && npm rebuild argon2 >&2)

cd "$home/node_modules/code-server/lib/vscode"
# The shrinkwrap names a git dependency although the registry has the package.
mv npm-shrinkwrap.json npm-shrinkwrap.json.off
npm install --omit=dev --ignore-scripts --no-fund --no-audit >&2
npm rebuild @vscode/spdlog node-pty native-watchdog @parcel/watcher kerberos >&2
ln -sfn node_modules node_modules.asar

touch "$home/.installed"
echo "$home"
