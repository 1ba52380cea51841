#!/bin/bash
# Unpacks Debian's keystone, with what it needs that this machine has not, into .cache/keystone. Nothing is
# installed: no service starts and the machine's own Python stays as it is.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
cache=$root/.cache/keystone

if [ -f "$cache/ready" ] && [ "$cache/ready" -nt "$0" ]; then exit 0; fi

rm -rf "$cache"
mkdir -p "$cache/packages/partial"
fetch() {
  # apt drops its privileges for a download unless it is told that this folder is not for _apt.
  apt-get install --yes --download-only --no-install-recommends -o APT::Sandbox::User=root \
    -o Dir::Cache::archives="$cache/packages" keystone >"$cache/log" 2>&1
}
echo "fetching keystone (28 MB)" >&2
fetch || { apt-get update >&2 && fetch; } || {
  tail -5 "$cache/log" >&2
  exit 1
}
echo "unpacking keystone" >&2
mkdir "$cache/image"
for package in "$cache"/packages/*.deb; do [ ! -f "$package" ] || dpkg -x "$package" "$cache/image"; done
rm -r "$cache/packages"
if [ ! -x "$cache/image/usr/bin/keystone-manage" ]; then
  # It is installed here, so apt had nothing to fetch.
  [ -x /usr/bin/keystone-manage ] || {
    tail -5 "$cache/log" >&2
    exit 1
  }
  rm -rf "$cache/image"
  ln -s / "$cache/image"
fi
touch "$cache/ready"
