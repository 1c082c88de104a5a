#!/bin/sh
# Debian bookworm has no pgvector for PostgreSQL 15, so trixie's source is built against the headers of 15.
# postgresql-server-dev-15 is unpacked, not installed: it would bring a second compiler.
set -eu
root=$1
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
sources=$root/etc/apt/sources.list.d/pgvector.list
echo "deb-src $TAU_BED_MIRROR trixie main" > "$sources"
apt-get update --quiet
apt-get install --yes --quiet gcc libc6-dev make libpq-dev
mkdir "$root/build"
cd "$root/build"
apt-get source --quiet --download-only pgvector
apt-get download --quiet postgresql-server-dev-15
dpkg-deb --fsys-tarfile postgresql-server-dev-15_*.deb | tar --extract --keep-directory-symlink --directory "$root" \
    --wildcards './usr/include/*' './usr/lib/postgresql/15/lib/pgxs/*'
tar --extract --strip-components=1 --file pgvector_*.orig.tar.gz
chroot "$root" make --directory=/build OPTFLAGS= with_llvm=no PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config install
cd /
rm -r "$root/build" "$root/usr/include/postgresql" "$root/usr/lib/postgresql/15/lib/pgxs" "$sources"
apt-get purge --yes --quiet --auto-remove gcc libc6-dev make libpq-dev
apt-get update --quiet
