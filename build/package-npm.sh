#!/usr/bin/env bash
# Packs the npm packages of a release into dist/npm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:?usage: build/package-npm.sh VERSION [GENERATE-OPTION…]}
shift

rm -rf artifacts/npm
node packaging/npm/generate.mjs --version "$version" "$@"
rm -rf dist/npm
mkdir -p dist/npm
for folder in artifacts/npm/*/; do
    npm pack --silent --ignore-scripts --pack-destination dist/npm "./$folder"
done
