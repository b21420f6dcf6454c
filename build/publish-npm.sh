#!/usr/bin/env bash
# Publishes the packages of dist/npm: the platforms first, so that the launcher never names a package that is not there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:?usage: build/publish-npm.sh VERSION}

tag=latest
case $version in *-*) tag=next ;; esac
launcher=dist/npm/aotsidecar-$version.tgz
for package in dist/npm/*.tgz; do
    if [ "$package" != "$launcher" ]; then npm publish "./$package" --access public --tag "$tag"; fi
done
npm publish "./$launcher" --access public --tag "$tag"
