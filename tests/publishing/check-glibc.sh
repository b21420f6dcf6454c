#!/usr/bin/env bash
# Fails when an executable needs a newer glibc than the oldest system that is promised to run it.
set -euo pipefail

if [ $# != 2 ]; then
    echo "usage: check-glibc.sh EXECUTABLE NEWEST-VERSION   (for example 2.28)" >&2
    exit 2
fi
executable=$1
newest=$2

# objdump of one architecture reads the dynamic symbols of none but its own; llvm-objdump reads all.
symbols=
for tool in objdump llvm-objdump aarch64-linux-gnu-objdump x86_64-linux-gnu-objdump; do
    if command -v "$tool" >/dev/null && symbols=$("$tool" -T "$executable" 2>/dev/null); then break; fi
done
needed=$(grep -o 'GLIBC_[0-9.]*' <<<"$symbols" | sed 's/GLIBC_//' | sort -uV | tail -1 || true)
if [ -z "$needed" ]; then
    echo "check-glibc: no glibc symbol found in $executable: is it a dynamic glibc executable, and is binutils here?" >&2
    exit 1
fi
if [ "$(printf '%s\n' "$needed" "$newest" | sort -V | tail -1)" != "$newest" ]; then
    echo "check-glibc: $executable needs glibc $needed, newer than $newest:" >&2
    grep -F "GLIBC_$needed" <<<"$symbols" | awk '{ print "  " $NF }' >&2
    exit 1
fi
echo "check-glibc: $executable needs glibc $needed, allowed is $newest"
