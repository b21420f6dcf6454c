#!/usr/bin/env bash
# Gathers what a release needs of a publish beside the executable: the notices of the code linked into it, and the restore's
# own record of which packages that was. Run where the RID was published.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rid=${1:?usage: build/collect.sh RID}

assets=src/AotSidecar/obj/project.assets.json
if ! grep -q "\"net10.0/$rid\"" "$assets"; then
    echo "collect: $assets is not of $rid; run ./publish.sh $rid first" >&2
    exit 1
fi
meta=artifacts/meta/$rid
rm -rf "$meta"
mkdir -p "$meta"
node build/sbom.mjs components "$assets" >"$meta/components.json"
node build/sbom.mjs notices "$assets" >"$meta/THIRD-PARTY-NOTICES.txt"
