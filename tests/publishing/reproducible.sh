#!/usr/bin/env bash
# Publishes the current commit twice, from two folders and once without .git, and compares every byte.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

git clone --quiet . "$work/clone"
mkdir -p "$work/another folder"
git archive HEAD | tar -x -C "$work/another folder"
git -C "$work/clone" remote set-url origin https://github.com/example/example.git

"$work/clone/publish.sh"
CI=true "$work/another folder/publish.sh"
for published in "$work/clone/artifacts"/*-*/aotsidecar*; do
    rid=$(basename "$(dirname "$published")")
    cmp "$published" "$work/another folder/artifacts/$rid/${published##*/}"
    cmp "$work/clone/artifacts/symbols/$rid/"* "$work/another folder/artifacts/symbols/$rid/"*
    echo "reproducible: $rid: both are the same"
done
