#!/bin/sh
# boot.sh LOWER WORK NAME PACKAGES boots the Debian in the folder LOWER under its own systemd. What it changes goes into memory, over the empty
# folder WORK, and is gone with it; the packages in the folder PACKAGES are in its /root. It must be the first process of new
# namespaces for mounts, processes, host names and IPC, and becomes their init. NAME is what its control group is called.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
lower=$1 work=$2 name=$3 packages=$4 root=$2/root

if [ "${5:-}" != last ]; then
	mount --make-rprivate /
	mount -t tmpfs -o mode=755 tmpfs "$work"
	mkdir "$root" "$work/upper" "$work/work"
	# Inside another overlay, such as a container's, there is none; then it is copied.
	mount -t overlay overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/work" "$root" || cp -a "$lower/." "$root"
	mount -t proc proc "$root/proc"
	mount -t sysfs sysfs "$root/sys"
	# systemd wants a control group of its own that looks like the root of all.
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
	mkdir "$root/sys/fs/cgroup/$name"
	echo 0 >"$root/sys/fs/cgroup/$name/cgroup.procs"
	umount "$root/sys/fs/cgroup"
	exec unshare --cgroup "$0" "$lower" "$work" "$name" "$packages" last
fi

mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
	: >"$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
cp -r "$packages/." "$root/root/"
# Nobody is there to say yes.
echo 'APT::Get::Assume-Yes "true";' >"$root/etc/apt/apt.conf.d/90test"
cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i container=test PATH="$PATH" /lib/systemd/systemd --log-target=console --log-level=warning
