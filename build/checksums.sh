#!/usr/bin/env bash
# Writes dist/SHA256SUMS over everything else in dist/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../dist"
rm -f SHA256SUMS
sums=$(find . -type f | sed 's:^\./::' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum)
echo "$sums" | tee SHA256SUMS
