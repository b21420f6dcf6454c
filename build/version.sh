#!/usr/bin/env bash
# Prints the version that the sources say. With a tag: fails unless it is v and that version.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
if [ -n "${1:-}" ] && [ "$1" != "v$version" ]; then
    echo "version: the tag is $1, Directory.Build.props says $version" >&2
    exit 1
fi
echo "$version"
