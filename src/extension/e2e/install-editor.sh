#!/bin/sh
# Installs code-server, the real editor host of the end-to-end test, once per machine and outside the checkout.
# Prints the folder it is in as its last line.
#
#   install-editor.sh           installs it, if it is not there yet
#   install-editor.sh missing   prints the Debian packages that it would need and that are not there
set -eu

version=4.96.4
home=${AOTSIDECAR_E2E_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/aotsidecar/code-server-$version}

# What is run or included, and the Debian package that brings it.
needs="c++:g++ make:make python3:python3 chromium:chromium gssapi/gssapi.h:libkrb5-dev X11/Xlib.h:libx11-dev
  X11/extensions/XKBrules.h:libxkbfile-dev libsecret-1/libsecret/secret.h:libsecret-1-dev"
missing=
for need in $needs; do
  command -v "${need%%:*}" >/dev/null || [ -e "/usr/include/${need%%:*}" ] || missing="$missing ${need##*:}"
done

if [ "${1:-}" = missing ]; then
  echo "$missing"
  exit 0
fi
if [ -f "$home/.installed" ]; then
  echo "$home"
  exit 0
fi
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
