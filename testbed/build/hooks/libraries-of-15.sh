#!/bin/sh
# A major upgrade runs the old server's programs in the new image, where they find the libraries of the same Debian.
# Debian has 15 in bookworm only, so the two libraries that trixie names otherwise are laid beside trixie's own; what
# they need in turn, libgnutls, is among the packages of the image.
set -eu
root=$1
echo "deb $TAU_BED_MIRROR bookworm main" > "$root/etc/apt/sources.list.d/bookworm.list"
mkdir "$root/libraries"
chroot "$root" sh -eu <<'INSIDE'
apt-get update --quiet
cd /libraries
apt-get download --quiet libicu72 libldap-2.5-0
for package in *.deb; do
    dpkg-deb --extract "$package" .
done
cp -r usr/lib/. /usr/lib/
cd /
rm -r /libraries /etc/apt/sources.list.d/bookworm.list
ldconfig
apt-get update --quiet
INSIDE
