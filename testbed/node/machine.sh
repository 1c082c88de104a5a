#!/bin/sh
# Fits out a sandbox: run inside it, once, as "machine.sh STATE NODE_FOLDER HOST_NAME STAND_IN_OF_MOUNT_NFS".
set -eu
state=$1 node=$2 name=$3 mount_nfs=$4

# Writes below the folder stay in the sandbox's memory; reads see the host's files.
private() {
    mkdir -p "/run/private$1/upper" "/run/private$1/work"
    mount -t overlay overlay -o "lowerdir=$1,upperdir=/run/private$1/upper,workdir=/run/private$1/work" "$1"
}

mkdir -p "$node/kubelet" "$node/log" "$state/nfs"
hostname "$name"
# Containers see later mounts (mountPropagation: HostToContainer) only below a shared mount.
mount --make-rshared /
mount -t tmpfs tmpfs /run
mkdir -p /run/tau-bed /run/state /run/nfs-exports
mount --bind "$state" /run/state
private /var/lib
private /usr/sbin
mkdir -p "$state" /var/lib/kubelet
mount --bind /run/state "$state"
mount --bind "$node/kubelet" /var/lib/kubelet
mount --bind "$node/log" /var/log
mount --bind "$state/nfs" /run/nfs-exports
install -m 755 "$mount_nfs" /usr/sbin/mount.nfs
ln -sf mount.nfs /usr/sbin/mount.nfs4

# The kubelet tunes the kernel of the machine it believes to own; it gets copies, the host keeps its settings.
for setting in vm/overcommit_memory kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
    mkdir -p "/run/settings/${setting%/*}"
    cat "/proc/sys/$setting" >"/run/settings/$setting"
    mount --bind "/run/settings/$setting" "/proc/sys/$setting"
done
