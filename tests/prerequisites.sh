#!/bin/sh
# Prints, in one line, what 'dotnet test' needs and this machine does not have, and the packages that bring it; nothing if all is there.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=build/install-hint.sh
. build/install-hint.sh

# Compiling and linking shows what a look for the program alone does not: missing headers or start files.
compiles() {
    compiler=$(command -v clang || command -v gcc || command -v cc) || return 1
    probe=$(mktemp)
    printf '#include <time.h>\nint main(void) { return 0; }\n' | "$compiler" -x c - -o "$probe" 2>/dev/null
    status=$?
    rm -f "$probe"
    return $status
}

missing=
need() {
    missing="$missing; $1 is missing: $2"
}

if ! compiles; then
    need "a C compiler that links" "$(install_hint 'clang libc6-dev' 'clang glibc-devel' 'clang build-base')"
fi
have node || need Node.js "$(install_hint nodejs nodejs nodejs node)"
have npm || need npm "$(install_hint npm npm npm node)"

if [ -n "$missing" ]; then echo "the native tests cannot run: ${missing#; }"; fi
