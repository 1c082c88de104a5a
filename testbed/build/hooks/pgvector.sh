#!/bin/sh
# Debian bookworm has no pgvector for PostgreSQL 15, so trixie's source is built against the headers of 15.
# The packages with the headers are unpacked, not installed: they would bring a second compiler.
# All of it happens inside the root: apt's and dpkg's work must never reach the machine itself.
set -eu
root=$1
echo "deb-src $TAU_BED_MIRROR trixie main" > "$root/etc/apt/sources.list.d/pgvector.list"
mkdir "$root/build"
chroot "$root" sh -eu <<'INSIDE'
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet
apt-get install --yes --quiet --no-install-recommends gcc libc6-dev make
cd /build
apt-get source --quiet --download-only pgvector
apt-get download --quiet postgresql-server-dev-15 libpq-dev
for package in *.deb; do
    dpkg-deb --extract "$package" headers
done
cp -r headers/usr/include/postgresql /usr/include/
tar --extract --strip-components=1 --file pgvector_*.orig.tar.gz
make OPTFLAGS= with_llvm=no PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config install
cd /
rm -r /build /usr/include/postgresql /etc/apt/sources.list.d/pgvector.list
apt-get purge --yes --quiet --auto-remove gcc libc6-dev make
apt-get update --quiet
INSIDE
