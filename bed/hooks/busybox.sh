#!/bin/sh
# The commands of busybox as links to it, and the few files that every image needs.
set -eu
root=$1
busybox=$(cd "$root" && find . -type f -name busybox)
mkdir -p "$root/bin" "$root/usr/bin" "$root/etc" "$root/root"
[ "$busybox" = ./bin/busybox ] || [ "$root/bin" -ef "$root/usr/bin" ] || mv "$root/$busybox" "$root/bin/busybox"
for command in $("$root/bin/busybox" --list); do
    [ -e "$root/bin/$command" ] || ln -s busybox "$root/bin/$command"
done
ln -sf ../../bin/busybox "$root/usr/bin/env"
mkdir -p -m 1777 "$root/tmp"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' > "$root/etc/passwd"
printf 'root:x:0:\nnobody:x:65534:\n' > "$root/etc/group"
