#!/bin/sh
# The user that CloudNativePG runs PostgreSQL as, and a locale that is not C.
set -eu
root=$1
chroot "$root" usermod --uid 26 postgres
chroot "$root" groupmod --non-unique --gid 26 postgres
chroot "$root" chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql
echo 'en_US.UTF-8 UTF-8' > "$root/etc/locale.gen"
chroot "$root" locale-gen
