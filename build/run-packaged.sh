#!/usr/bin/env bash
# Unpacks one release archive of dist/ and runs what is in it: Linux on the oldest promised system, in a container.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:?usage: build/run-packaged.sh VERSION RID}
rid=${2:?usage: build/run-packaged.sh VERSION RID}
archive=aotsidecar-$version-$rid

unpacked=artifacts/unpacked/$rid
rm -rf "$unpacked"
mkdir -p "$unpacked"
case $rid in
    win-*)
        (cd dist && grep " $archive.zip\$" SHA256SUMS | sha256sum -c)
        # GNU tar, which Git-Bash finds first, does not read zip; Windows' own does.
        "$SYSTEMROOT/System32/tar.exe" -xf "dist/$archive.zip" -C "$unpacked" ;;
    osx-*)
        (cd dist && grep " $archive.tar.gz\$" SHA256SUMS | shasum -a 256 -c)
        tar -xzf "dist/$archive.tar.gz" -C "$unpacked" ;;
    *)
        (cd dist && grep " $archive.tar.gz\$" SHA256SUMS | sha256sum -c)
        tar -xzf "dist/$archive.tar.gz" -C "$unpacked" ;;
esac

case $rid in
    linux-x64) image=quay.io/pypa/manylinux_2_28_x86_64@sha256:39df0042d5cc900b085aa25a0659368b42a0006c54c474299b785b44c1b4ff82 ;;
    linux-arm64) image=quay.io/pypa/manylinux_2_28_aarch64@sha256:f5f03dedf61b47d69d0742d36047db78adeee3bdb7a9910ff52304750ecf2514 ;;
    linux-musl-*) image=alpine:3.21@sha256:48b0309ca019d89d40f670aa1bc06e426dc0931948452e8491e3d65087abc07d ;;
    win-*) exec build/smoke.sh "$unpacked/aotsidecar.exe" ;;
    *) exec build/smoke.sh "$unpacked/aotsidecar" ;;
esac
docker run --rm --network none -v "$PWD:/repository:ro" -w /tmp "$image" \
    sh /repository/build/smoke.sh "/repository/$unpacked/aotsidecar"
