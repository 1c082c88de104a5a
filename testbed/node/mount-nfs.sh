#!/bin/sh
# Stand-in for mount.nfs on kernels without an NFS client: "mount.nfs SERVER:PATH FOLDER [-o OPTIONS]".
# The export is a local folder that is bound to the mount point; what NFS itself does is not imitated.
set -eu
source=$1 target=$2
shift 2
options=
while [ $# -gt 0 ]; do
    case $1 in
    -o) options=$2 && shift ;;
    esac
    shift
done
export=/run/nfs-exports/${source%%:*}/${source#*:}
if [ ! -d "$export" ]; then
    echo "mount.nfs: mounting $source failed, reason given by server: No such file or directory" >&2
    exit 32
fi
mount --bind "$export" "$target"
case ,$options, in
*,ro,*) mount -o remount,bind,ro "$target" ;;
esac
