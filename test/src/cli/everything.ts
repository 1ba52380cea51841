/** Everything that a file can say. */
export const EVERYTHING = `
tenant: acme
loggingResources: { audit: {}, quiet: { enabled: false } }
tunnelZones:
  underlay: { type: vxlan, hosts: { hv1: 10.255.0.1 } }
chains:
  common:
    - { do: accept, ethertype: arp }
    - { do: accept, proto: icmp, icmp-type: 8 }
  to-web:
    - { jump: common }
    - { do: accept, proto: tcp, dst-port: 80-90, src: not 10.0.0.0/8, meter: web }
    - { do: accept, src-group: admins, in-ports: 'red/web,red/app', port-group: web }
    - { do: accept, connection: return }
    - { do: drop, untagged: true, src-mac: '02:00:00:00:00:01/ff:00:00:00:00:00' }
    - { do: redirect, to: red/app, into: true, fail-open: true, push-vlan: 7, proto: tcp }
    - { do: l2-transform, pop-vlan: true, then: continue, vlan: 9 }
  edge-out:
    - { do: snat, to: '203.0.113.5:1024-65535', then: continue, out-ports: edge/up }
    - { do: snat, to: '[2001:db8::5]:80', src: 'fd00::/64' }
  edge-in:
    log: drop
    loggers: { denied: { to: audit, event: drop }, all: { to: quiet } }
    rules:
    - { do: trace, to: slow, limit: 20, proto: tcp }
    - { do: rev-snat, traversed: edge }
    - { do: dnat, to: 10.1.0.10, dst: 203.0.113.9, fragments: any }
ipAddressGroups:
  admins: [192.0.2.10, '2001:db8::10']
  guests: { addresses: ['2001:db8::11'], inbound: common, outbound: to-web }
portGroups: { web: { stateful: true, ports: [red/web, red/app] } }
mirrors:
  all: { to: wan/sink }
  dns: { to: wan/sink, when: [{ proto: udp, dst-port: 53 }, { untagged: true, in-ports: red/web }] }
qosPolicies: { silver: { egress: 50M, ingress: 100M/10M, dscp: 46, description: for all } }
bridges:
  red:
    qos: silver
    inbound: common
    ports:
      web: { outbound: to-web, allowed: ['02:00:00:00:00:0a=10.1.0.10', '02:00:00:00:00:0a=fd00:1::/64'] }
      app: { up: false, allowed: [], instance: 5f2c9a1e }
      tap: { host: hv1, interface: tap0 }
      trunk: { peer: vlans/red, vlan: 7 }
    dhcp:
      10.1.0.0/24:
        gateway: 10.1.0.1
        server: 10.1.0.2
        dns: [10.1.0.53]
        forwarder: 10.1.0.54
        mtu: 1400
        enabled: false
        routes: [{ to: 10.9.0.0/16, via: 10.1.0.9 }]
        hosts:
          app: { mac: '02:00:00:00:00:0b', address: 10.1.0.11, options: { domain_name: 'example.org' } }
          '02:00:00:00:00:0c': { address: 10.1.0.12 }
    dhcp6:
      'fd00:1::/64':
        dns: ['fd00:1::53']
        forwarder: 'fd00:1::54'
        hosts: { '02:00:00:00:00:0b': { address: 'fd00:1::b', name: app, options: { domain-search: a.example } } }
    arp: { 10.1.0.10: '02:00:00:00:00:0a' }
    macs: { '02:00:00:00:00:0a': web, '02:00:00:00:00:0d': { port: web, vlan: 7 } }
  vlans:
    ports: { red: { peer: red/trunk } }
  wan: { inboundMirrors: dns, ports: { own: { postInFilterMirrors: 'all,dns' }, sink: {} } }
routers:
  edge:
    inbound: edge-in
    outbound: edge-out
    forward: common
    asNumber: 65001
    ports:
      to-red: { bridge: red, addresses: [10.1.0.1/24, 'fd00:1::1/64'] }
      to-core: { peer: core/to-edge, addresses: [10.3.0.1/30] }
      up: { peer: wan/own, mac: '02:00:00:00:00:aa', addresses: [203.0.113.1/24], connected: false }
    routes:
      - { to: 0.0.0.0/0, port: up, via: 203.0.113.254 }
      - { to: 10.66.0.0/16, from: 10.1.0.0/24, reject: true, weight: 7 }
    balancer:
      pools:
        web: { members: [10.1.0.2:80, { at: 10.1.0.3:80, weight: 2, up: false }], health: { path: /up, delay: 9 } }
        dns: { protocol: udp, members: ['[fd00:1::2]:53'] }
      vips:
        front: { at: 203.0.113.10:80, pool: web, sticky: source-ip }
  core: { up: false, ports: { to-edge: { peer: edge/to-core, addresses: [10.3.0.2/30] } } }
traceRequests:
  slow: { router: edge, when: { invert: true } }
  web: { port: red/web, when: { proto: tcp, dst-port: 443, src-group: admins }, limit: 20, enabled: false }
  red: { bridge: red }
`;
