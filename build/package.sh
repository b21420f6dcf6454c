#!/usr/bin/env bash
# Makes the files of a release from what the build machines published: artifacts/<rid>, artifacts/symbols/<rid> and
# artifacts/meta/<rid> become dist/. Needs GNU tar, gzip, zip and node. The same input gives the same bytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:?usage: build/package.sh VERSION [RID…]}
shift
rids=("$@")
if [ $# = 0 ]; then
    rids=(linux-x64 linux-arm64 linux-musl-x64 linux-musl-arm64 win-x64 win-arm64 osx-x64 osx-arm64)
fi

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
rm -rf dist
mkdir -p dist

# archive NAME FOLDER: a tar.gz of the folder's content, a zip for Windows; time, owner and order carry no information.
archive() {
    find "$2" -exec touch -h -d @1000000000 {} +
    case $1 in
        *-win-*) (cd "$2" && find . -type f | LC_ALL=C sort | TZ=UTC zip -qX "$OLDPWD/dist/$1.zip" -@) ;;
        *) (cd "$2" && tar --sort=name --owner=0 --group=0 --numeric-owner -cf - -- * | gzip -9n >"$OLDPWD/dist/$1.tar.gz") ;;
    esac
}

for rid in "${rids[@]}"; do
    files=$staging/$rid
    mkdir -p "$files" "$files-symbols"
    cp "artifacts/$rid/"* "artifacts/meta/$rid/THIRD-PARTY-NOTICES.txt" LICENSE "$files/"
    # An artifact store between the machines drops the executable bit.
    chmod 755 "$files"/aotsidecar*
    archive "aotsidecar-$version-$rid" "$files"
    cp -R "artifacts/symbols/$rid/." "$files-symbols/"
    archive "aotsidecar-$version-$rid-symbols" "$files-symbols"
done

components=()
for rid in "${rids[@]}"; do components+=("artifacts/meta/$rid/components.json"); done
executables=(dist/*)
node build/sbom.mjs merge "$version" "${executables[@]}" -- "${components[@]}" >"dist/aotsidecar-$version.cdx.json"
ls -l dist
