#!/bin/bash
# Fetches Debian 12's own kernel into .cache/kernel and makes the initial RAM disk that boots this
# machine's file system with it (boot.sh). The package is unpacked, never installed.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
cache=$root/.cache/kernel

if [ -f "$cache/ready" ] && [ "$cache/ready" -nt "$0" ]; then exit 0; fi

mkdir -p "$cache"
cd "$cache"
if ! ls linux-image-6.1*.deb >/dev/null 2>&1; then
  named() { apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image-6\.1/ {print $2; exit}'; }
  package=$(named)
  [ -n "$package" ] || { apt-get update >&2; package=$(named); }
  [ -n "$package" ] || { echo "apt knows no Debian 6.1 kernel (linux-image-amd64); run: apt-get update" >&2; exit 1; }
  echo "fetching $package (70 MB)" >&2
  # apt drops its privileges for a download unless it is told that this folder is not for _apt.
  apt-get -o APT::Sandbox::User=root download "$package" >&2
fi
echo "unpacking the kernel" >&2
rm -rf image initrd
dpkg -x linux-image-6.1*.deb image
version=$(basename image/lib/modules/*)
depmod -b image "$version"

mkdir -p initrd/bin initrd/mod initrd/proc initrd/sys initrd/dev initrd/host initrd/layers initrd/new
cp "$(command -v busybox)" initrd/bin/busybox
for module in virtio_pci 9pnet_virtio 9p overlay; do
  modprobe --show-depends -d image -S "$version" "$module"
done | awk '/^insmod/ && !seen[$2]++ {print $2}' | while read -r file; do
  cp "$file" initrd/mod/
  basename "$file" >>initrd/mod/list
done

# The guest's root is this machine's, read-only by 9p, under a RAM overlay: Node, iproute2 and the
# checkout are simply there, and nothing the guest does stays. Which checkout, the command line says:
# a copied cache must not boot the checkout that it was copied from.
cat >initrd/init <<END
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
root=\$(sed -n "s/.*midonet.root=\([^ ]*\).*/\1/p" /proc/cmdline)
while read -r module; do insmod /mod/\$module; done </mod/list
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 root /host
mount -t tmpfs layers /layers
mkdir /layers/upper /layers/work
mount -t overlay -o lowerdir=/host,upperdir=/layers/upper,workdir=/layers/work overlay /new
mount -t proc proc /new/proc
mount -t sysfs sys /new/sys
mount -t bpf bpf /new/sys/fs/bpf
mount --bind /dev /new/dev
mount -t tmpfs run /new/run
mkdir -p /new/lib/modules
mount --bind /host\$root/.cache/kernel/image/lib/modules /new/lib/modules
# Kernel threads share the root of PID 1: with exec, modules load by themselves inside it.
exec chroot /new /bin/bash -c '
  root=\$1
  export PATH=\$root/node_modules/.bin:/usr/sbin:/usr/bin:/sbin:/bin NO_COLOR=1 HOME=/root TERM=dumb
  ip link set lo up
  cd \$root
  bash "\$(sed -n "s/.*midonet.script=\\([^ ]*\\).*/\\1/p" /proc/cmdline)"
  echo "GUEST rc=\$?"
  echo o >/proc/sysrq-trigger
  sleep 5' init "\$root"
END
chmod +x initrd/init
(cd initrd && find . | cpio -o -H newc --quiet | gzip -1) >initrd.gz
rm -rf initrd
echo "$version" >ready
