#!/usr/bin/env bash
# Publishes the packed extensions to the gallery of each token that is there: VSCE_PAT for Visual Studio Code's,
# OVSX_PAT for Open VSX, which the other editors use.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(dist/*.vsix)
if [ -n "${VSCE_PAT:-}" ]; then
    npx --yes @vscode/vsce@3.9.2 publish --packagePath "${packages[@]}"
fi
if [ -n "${OVSX_PAT:-}" ]; then
    npx --yes ovsx@1.3.0 publish --packagePath "${packages[@]}"
fi
if [ -z "${VSCE_PAT:-}${OVSX_PAT:-}" ]; then echo "publish-vsix: no token: published to no gallery"; fi
