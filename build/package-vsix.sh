#!/usr/bin/env bash
# Packs the extension for each platform into dist/, each with its one executable, and its client library into dist/npm.
# On Linux or macOS only: a VSIX made on Windows loses the executable bit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:?usage: build/package-vsix.sh VERSION [RID…]}
shift
if [ $# = 0 ]; then
    set -- linux-x64 linux-arm64 linux-musl-x64 linux-musl-arm64 win-x64 win-arm64 osx-x64 osx-arm64
fi

for manifest in src/extension/package.json src/extension/sidecar/package.json; do
    if ! grep -q "\"version\": \"$version\"" "$manifest"; then
        echo "package-vsix: $manifest does not say $version" >&2
        exit 1
    fi
done

npm --prefix src/extension ci --no-audit --no-fund
mkdir -p dist/npm
for rid in "$@"; do
    # Each run empties the folder that the last one packed into.
    npm --prefix src/extension run --silent package -- "$rid"
    cp "src/extension/dist/"*"-$version.vsix" dist/
done
npm --prefix src/extension pack --silent --workspace sidecar --pack-destination "$PWD/dist/npm"
npm --prefix src/extension sbom --sbom-format cyclonedx --omit dev >"dist/aotsidecar-extension-$version.cdx.json"
