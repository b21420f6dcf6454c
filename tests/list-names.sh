#!/bin/sh
# Prints the name of every .NET test and table row, sorted, without its class: compare the output of two commits to see
# what a change of the suites lost. A method of the same name in two classes is two lines.
set -eu
cd "$(dirname "$0")/.."

for project in AotSidecar.Tests AotSidecar.NativeTests; do
    dotnet test "tests/$project" --list-tests --nologo | sed -nE "s#$PWD#.#g; s/^    ([A-Za-z0-9_+]+\.)*/$project: /p"
done | LC_ALL=C sort
