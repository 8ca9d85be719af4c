#!/bin/busybox sh
# The first program of the machine, in memory: mounts the files of the machine around it, with what is written to them
# kept in memory, and goes on there.
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for module in /modules/*; do
  $b insmod "$module" || echo "module $module does not load"
done
share=trans=virtio,version=9p2000.L,msize=512000
$b mount -t 9p -o "ro,cache=loose,$share" root /lower || exit 1
$b mount -t tmpfs -o size=90% memory /memory
$b mkdir /memory/upper /memory/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/memory/upper,workdir=/memory/work overlay /root || exit 1

$b mount -t tmpfs run /root/run
$b mkdir -p /root/run/control
$b mount -t 9p -o "$share" control /root/run/control || exit 1
number=0
while read -r folder; do
  number=$((number + 1))
  $b mkdir -p "/root$folder"
  $b mount -t 9p -o "$share" "shared$number" "/root$folder" || exit 1
done < /root/run/control/shared
if [ -e /root/run/control/disk ]; then
  { read -r folder && read -r options; } < /root/run/control/disk
  $b mkdir -p "/root$folder"
  $b mount -t ext4 -o "$options" /dev/vda "/root$folder" || exit 1
fi

# What the machine around it has there is its own.
$b mount --move /dev /root/dev
$b mkdir -p /root/dev/pts /root/dev/shm
$b mount -t devpts -o ptmxmode=666 pts /root/dev/pts
$b mount -t tmpfs shm /root/dev/shm
$b mount -t proc proc /root/proc
$b mount -t sysfs sys /root/sys
$b mount -t cgroup2 cgroup2 /root/sys/fs/cgroup
for controller in $($b cat /root/sys/fs/cgroup/cgroup.controllers); do
  echo "+$controller" > /root/sys/fs/cgroup/cgroup.subtree_control
done
$b ip link set lo up
$b hostname virtual-machine
$b umount /proc /sys
exec $b switch_root /root /bin/sh /run/control/inside.sh
