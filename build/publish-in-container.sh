#!/usr/bin/env bash
# Publishes a Linux RID in the container whose C library is the oldest promised: the executable needs whatever glibc it was
# linked against, and musl can only be linked on a musl system. Needs docker and a processor of the RID's kind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# By digest, so that the same commit is built with the same compiler again. The manylinux images carry gcc and glibc 2.28
# but no .NET SDK: this machine's is mounted into them.
case ${1:-} in
    linux-x64) image=quay.io/pypa/manylinux_2_28_x86_64@sha256:39df0042d5cc900b085aa25a0659368b42a0006c54c474299b785b44c1b4ff82 ;;
    linux-arm64) image=quay.io/pypa/manylinux_2_28_aarch64@sha256:f5f03dedf61b47d69d0742d36047db78adeee3bdb7a9910ff52304750ecf2514 ;;
    linux-musl-*) image=mcr.microsoft.com/dotnet/sdk:10.0-alpine@sha256:940f919ae84dd92ccd4aab7686fa5b777870b006c9360351039e16bcaad73d89 ;;
    *)
        echo "usage: build/publish-in-container.sh linux-x64|linux-arm64|linux-musl-x64|linux-musl-arm64" >&2
        exit 2 ;;
esac
rid=$1

sdk=()
if [ "${rid#linux-musl-}" = "$rid" ]; then
    dotnet=$(readlink -f "$(command -v dotnet)")
    sdk=(-v "${dotnet%/*}:/usr/share/dotnet:ro" -e DOTNET_ROOT=/usr/share/dotnet)
fi

# The images have no ICU, which only the SDK's own messages would use. The folder has the same path inside, so that what the
# restore wrote down is true outside; what root made there goes back to the caller.
docker run --rm -v "$PWD:$PWD" -w "$PWD" "${sdk[@]+"${sdk[@]}"}" \
    -e DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 -e DOTNET_CLI_TELEMETRY_OPTOUT=1 -e DOTNET_NOLOGO=1 \
    -e NUGET_PACKAGES="$PWD/artifacts/nuget" -e OWNER="$(id -u):$(id -g)" -e RID="$rid" "$image" sh -euc '
        trap "chown -R $OWNER artifacts src/AotSidecar" EXIT
        if command -v apk >/dev/null; then apk add --no-cache bash clang build-base; fi
        PATH=$PATH:/usr/share/dotnet ./publish.sh "$RID"'
