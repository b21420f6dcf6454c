#!/usr/bin/env bash
# Signs a macOS executable with a Developer ID and has Apple notarise it. Without APPLE_CERTIFICATE it leaves the ad-hoc
# signature of the linker, so that a fork builds; then the user has to allow the download in the system settings.
set -euo pipefail
executable=${1:?usage: build/sign-macos.sh EXECUTABLE}

if [ -z "${APPLE_CERTIFICATE:-}" ]; then
    echo "sign-macos: no certificate: $executable keeps its ad-hoc signature"
    exit 0
fi
: "${APPLE_CERTIFICATE_PASSWORD:?}" "${APPLE_ID:?}" "${APPLE_TEAM_ID:?}" "${APPLE_APP_PASSWORD:?}"

# A keychain of this run's own, so that the key is in no other process's reach and gone at the end.
work=$(mktemp -d)
keychain=$work/signing.keychain-db
keychain_password=$(openssl rand -hex 16)
trap 'security delete-keychain "$keychain" || true; rm -rf "$work"' EXIT
security create-keychain -p "$keychain_password" "$keychain"
security unlock-keychain -p "$keychain_password" "$keychain"
(umask 077 && base64 --decode <<<"$APPLE_CERTIFICATE" >"$work/certificate.p12")
security import "$work/certificate.p12" -k "$keychain" -P "$APPLE_CERTIFICATE_PASSWORD" -T /usr/bin/codesign
security set-key-partition-list -S apple-tool:,apple: -s -k "$keychain_password" "$keychain" >/dev/null
identity=$(security find-identity -v -p codesigning "$keychain" | awk '/Developer ID Application/ { print $2; exit }')

# Native AOT compiles nothing at run time: the hardened runtime needs no entitlement.
codesign --force --options runtime --timestamp --keychain "$keychain" --sign "${identity:?no Developer ID}" "$executable"
codesign --verify --strict --verbose "$executable"

# A bare executable cannot carry the notary's ticket; macOS asks Apple for it by the executable's hash.
ditto -c -k "$executable" "$work/notarise.zip"
xcrun notarytool submit "$work/notarise.zip" --wait \
    --apple-id "$APPLE_ID" --team-id "$APPLE_TEAM_ID" --password "$APPLE_APP_PASSWORD"
