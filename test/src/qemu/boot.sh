#!/bin/bash
# boot.sh SCRIPT [SECONDS]: boots Debian 12's kernel in software emulation, with this machine's file
# system read-only as its own and no network, runs SCRIPT there from the repository's root, prints
# what it prints and exits with its code. Needs fetch-kernel.sh to have run.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
cache=$root/.cache/kernel
script=$(readlink -f "$1")
limit=${2:-300}
[ -f "$cache/ready" ] || { echo "no kernel in $cache; run: bash test/src/qemu/fetch-kernel.sh" >&2; exit 1; }
version=$(<"$cache/ready")

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# QEMU itself answers 0 whatever happened inside; the guest's own last line tells.
# The kernel's own check of its timer counts turns of a loop: on a busy machine it finds the emulated one broken, and panics.
# Emulated protection keys, and code that one emulated processor writes and another runs, make V8 lose track of its code pages.
timeout "$limit" qemu-system-x86_64 -M q35 -accel tcg,thread=single -cpu max,pku=off -smp 2 -m 2048 \
  -nographic -no-reboot -nic none -kernel "$cache/image/boot/vmlinuz-$version" -initrd "$cache/initrd.gz" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off no_timer_check midonet.root=$root midonet.script=$script" \
  -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap \
  </dev/null 2>&1 | tr -d '\r' | tee "$log" || { echo "the guest did not finish in $limit s" >&2; exit 1; }
code=$(sed -n 's/.*GUEST rc=\([0-9]*\).*/\1/p' "$log" | tail -1)
[ -n "$code" ] || { echo "the guest ended without a result" >&2; exit 1; }
exit "$code"
