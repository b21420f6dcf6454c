#!/bin/sh
# Runs a published executable the way its first user does: version, doctor, one answer of the demo.
# What stands before the executable runs it: smoke.sh qemu-aarch64-static -L ROOT EXECUTABLE
# POSIX sh, because the smallest system that is promised to run the executable has no bash.
set -eu

if [ $# = 0 ]; then
    echo "usage: smoke.sh [RUNNER ARG...] EXECUTABLE" >&2
    exit 2
fi

# A hundred times what the slowest of the three takes on hardware; emulation needs the rest.
limit=60
limited() {
    if command -v timeout >/dev/null; then timeout "$limit" "$@" </dev/null
    else perl -e 'alarm shift; exec @ARGV' "$limit" "$@" </dev/null; fi # macOS has no timeout
}
fail() { echo "smoke: $*" >&2; exit 1; }

version=$(limited "$@" --version) || fail "--version exited with $?"
version=$(printf '%s' "$version" | tr -d '\r')
if [ "$(printf '%s\n' "$version" | wc -l)" -ne 1 ] ||
    ! printf '%s\n' "$version" | grep -qE '^aotsidecar [0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$'; then
    fail "--version says: $version"
fi
echo "smoke: $version"

limited "$@" doctor || fail "doctor exited with $?"

answer=$(limited "$@" demo --ask hi) || fail "demo --ask hi exited with $?"
if [ -z "$answer" ]; then fail "demo --ask hi said nothing"; fi
echo "$answer"
echo "smoke: passed"
