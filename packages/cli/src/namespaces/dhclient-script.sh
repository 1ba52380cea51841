#!/bin/sh
# What dhclient runs in a namespace made by `midonet ns add --dhcp`: addresses, MTU and routes of the
# interface, and nothing of the machine around it (the usual script writes /etc/resolv.conf).
set -e
prefix_length() {
  length=0
  for octet in $(echo "$1" | tr . ' '); do
    while [ "$octet" -gt 0 ]; do
      length=$((length + octet % 2))
      octet=$((octet / 2))
    done
  done
  echo "$length"
}

# shellcheck disable=SC2154 # dhclient sets these
case "$reason" in
  PREINIT) ip link set dev "$interface" up ;;
  BOUND | RENEW | REBIND | REBOOT)
    ip addr flush dev "$interface" scope global
    ip -4 addr add "$new_ip_address/$(prefix_length "$new_subnet_mask")" dev "$interface"
    [ -z "$new_interface_mtu" ] || ip link set dev "$interface" mtu "$new_interface_mtu"
    # Option 121 replaces the gateway of option 3 (RFC 3442): length, significant octets, gateway.
    if [ -n "$new_rfc3442_classless_static_routes" ]; then
      # shellcheck disable=SC2086
      set -- $new_rfc3442_classless_static_routes
      while [ $# -gt 4 ]; do
        length=$1 prefix='' octets=$((($1 + 7) / 8)) count=0
        shift
        while [ "$count" -lt 4 ]; do
          if [ "$count" -lt "$octets" ]; then
            prefix="$prefix${prefix:+.}$1"
            shift
          else
            prefix="$prefix${prefix:+.}0"
          fi
          count=$((count + 1))
        done
        gateway="$1.$2.$3.$4"
        shift 4
        if [ "$gateway" = 0.0.0.0 ]; then
          ip route replace "$prefix/$length" dev "$interface"
        else
          ip route replace "$prefix/$length" via "$gateway" dev "$interface"
        fi
      done
    else
      for router in $new_routers; do
        ip route replace default via "$router" dev "$interface"
        break
      done
    fi
    ;;
  EXPIRE | FAIL | RELEASE | STOP) ip addr flush dev "$interface" scope global ;;
esac
