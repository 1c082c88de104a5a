#!/bin/sh
# Barman as the plugin pins it, without the one package of which there is only source: psycopg2 comes from Debian.
set -eu
root=$1
python=$(chroot "$root" python3 -c 'import sys; print(*sys.version_info[:2], sep=".")')
packages=/usr/local/lib/python$python/dist-packages
pinned=$(mktemp)
awk '/^[^ ]/ { skip = /^psycopg2==/ } !skip' "$TAU_BED_INPUT" > "$pinned"
"$TAU_BED_PYTHON" -m uv pip install --quiet --no-deps --require-hashes --only-binary :all: --link-mode copy \
    --python-version "$python" --python-platform x86_64-manylinux_2_28 --target "$root$packages" -r "$pinned"
rm "$pinned"
mv "$root$packages"/bin/barman-* "$root/usr/local/bin/"
rm -r "${root:?}$packages/bin"
sed -i '1s|.*|#!/usr/bin/python3|' "$root"/usr/local/bin/barman-*
# The image gives its files another time than they have now, after which Python would take all of it for changed, and
# compile it again in every process.
chroot "$root" python3 -m compileall -q -f -j 2 --invalidation-mode unchecked-hash "$packages" || true
