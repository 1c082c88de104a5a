#!/bin/sh
# Debian bookworm has no pgvector for PostgreSQL 15, so trixie's source is built against the headers of 15.
# The packages with the headers are unpacked, not installed: they would bring a second compiler.
set -eu
root=$1
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
sources=$root/etc/apt/sources.list.d/pgvector.list
echo "deb-src $TAU_BED_MIRROR trixie main" > "$sources"
apt-get update --quiet
apt-get install --yes --quiet --no-install-recommends gcc libc6-dev make
mkdir "$root/build"
cd "$root/build"
apt-get source --quiet --download-only pgvector
apt-get download --quiet postgresql-server-dev-15 libpq-dev
for package in postgresql-server-dev-15_*.deb libpq-dev_*.deb; do
    dpkg-deb --extract "$package" headers
done
cp -r headers/usr/include/postgresql "$root/usr/include/"
tar --extract --strip-components=1 --file pgvector_*.orig.tar.gz
chroot "$root" make --directory=/build OPTFLAGS= with_llvm=no PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config install
cd /
rm -r "$root/build" "$root/usr/include/postgresql" "$sources"
apt-get purge --yes --quiet --auto-remove gcc libc6-dev make
apt-get update --quiet
