import { address, COUNTS, numberOf, prefix, type NeutronChoices, type NeutronPath } from './neutron-choices.ts';

/** Makes the members of an object; `n` is its number among those of its kind. */
type Body = (choose: NeutronChoices, n: number, host: string) => object;

const ROUTERS = ['network:router_interface', 'network:router_interface', 'network:router_gateway'];
const OWNERS = ['compute:nova', 'compute:nova', '', ...ROUTERS, 'network:dhcp', 'network:floatingip'];
const VIPS = ['neutron:LOADBALANCERV2', 'neutron:LOADBALANCER'];

/** Made and gone with the logs that name them. */
const LOGGING = ['0000ffff-0000-4000-8000-000000000001', '0000ffff-0000-4000-8000-000000000002'];

const BODIES: Readonly<Record<NeutronPath, Body>> = {
  networks: (choose, n) => ({
    shared: choose.yes(),
    mtu: choose.any([0, 1400]),
    'provider:network_type': n === 0 ? 'uplink' : 'midonet',
  }),
  subnets: (choose, n) => ({
    network_id: choose.reference('networks'),
    cidr: prefix(n),
    gateway_ip: choose.any([null, address(n, 1), address(n, 2)]),
    enable_dhcp: choose.yes(),
    ...(n === 3 ? { ipv6_address_mode: choose.any(['slaac', 'dhcpv6-stateful', null]) } : {}),
  }),
  ports: (choose, _n, host) => {
    const network_id = choose.reference('networks');
    return { network_id, ...identity(choose, network_id), ...security(choose), ...binding(choose, host) };
  },
  routers: (choose) => ({
    admin_state_up: choose.yes(),
    routes: choose.chance(4) > 0 ? [] : [route(choose)],
  }),
  floating_ips: (choose) => {
    const isFree = choose.chance(3) === 0;
    return {
      floating_network_id: choose.reference('networks'),
      floating_ip_address: address(choose.chance(3), 8 + choose.chance(2)),
      port_id: isFree ? null : choose.reference('ports'),
      router_id: isFree ? null : choose.reference('routers'),
      fixed_ip_address: isFree || choose.yes() ? null : someAddress(choose),
    };
  },
  security_groups: () => ({ security_group_rules: [] }),
  security_group_rules: (choose) => ({
    security_group_id: choose.reference('security_groups'),
    direction: choose.any(['ingress', 'egress']),
    ethertype: choose.any(['IPv4', 'IPv6']),
    protocol: choose.any([null, 'icmp', 'tcp', '17']),
    port_range_min: choose.any([null, 8]),
    port_range_max: choose.any([null, 9]),
    remote_group_id: choose.yes() ? choose.reference('security_groups') : null,
  }),
  'lb/pools': (choose) => ({
    router_id: choose.any([null, choose.reference('routers'), choose.reference('routers')]),
    subnet_id: choose.any([null, choose.reference('subnets')]),
    protocol: 'TCP',
  }),
  'lb/members': (choose) => ({ pool_id: choose.reference('lb/pools'), ...service(choose) }),
  'lb/vips': (choose) => ({
    pool_id: choose.any([null, choose.reference('lb/pools'), choose.reference('lb/pools')]),
    port_id: choose.reference('ports'),
    ...service(choose),
    ...persistence(choose),
  }),
  'lb/health_monitors': (choose) => ({
    ...monitor(choose),
    pools: choose.few(3, () => ({ pool_id: choose.reference('lb/pools') })),
  }),
  lbs_v2: (choose) => ({
    vip_address: someAddress(choose),
    vip_port_id: choose.any([null, choose.reference('ports')]),
  }),
  listeners_v2: (choose) => ({
    protocol_port: port(choose),
    default_pool_id: choose.any([null, choose.reference('pools_v2')]),
    loadbalancers: [{ id: choose.reference('lbs_v2') }],
  }),
  pools_v2: (choose) => ({
    ...persistence(choose),
    healthmonitor_id: choose.any([null, choose.reference('health_monitors_v2')]),
    listener_id: choose.any([null, choose.reference('listeners_v2')]),
    loadbalancers: choose.yes() ? [] : [choose.reference('lbs_v2')],
  }),
  pool_members_v2: (choose) => ({ pool_id: choose.reference('pools_v2'), ...service(choose) }),
  firewalls: (choose) => ({
    admin_state_up: choose.chance(4) > 0,
    firewall_rule_list: choose.few(4, () => firewallRule(choose)),
    'add-router-ids': choose.few(3, () => choose.reference('routers')),
    'del-router-ids': choose.few(2, () => choose.reference('routers')),
    'last-router': choose.chance(5) === 0,
  }),
  firewall_logs: (choose) => ({
    firewall_id: choose.reference('firewalls'),
    logging_resource_id: LOGGING[choose.chance(2)],
    fw_event: choose.any(['ACCEPT', 'DROP', 'ALL']),
  }),
  tap_services: (choose) => ({ port_id: choose.reference('ports') }),
  tap_flows: (choose) => ({
    tap_service_id: choose.reference('tap_services'),
    source_port: choose.reference('ports'),
    direction: choose.any(['IN', 'OUT', 'BOTH']),
  }),
  gateway_devices: (choose) => ({ type: 'network_vlan', resource_id: choose.reference('networks') }),
  l2_gateway_connections: (choose) => ({
    network_id: choose.reference('networks'),
    segmentation_id: choose.any([null, 100, 101]),
    l2_gateway: { devices: [{ device_id: choose.reference('gateway_devices'), segmentation_id: 102 }] },
  }),
  health_monitors_v2: (choose) => ({ ...monitor(choose), pools: choose.few(2, () => choose.reference('pools_v2')) }),
};

export function bodyOf(path: NeutronPath, id: string, choose: NeutronChoices, host: string): object {
  const own = { tenant_id: choose.any(['acme', 'other']), name: `n${choose.chance(100)}` };
  return { ...own, ...BODIES[path](choose, numberOf(id), host) };
}

function identity(choose: NeutronChoices, network: string): object {
  return {
    mac_address: `fa:16:3e:00:00:0${choose.chance(10)}`,
    fixed_ips: choose.few(2, () => {
      const subnet_id = choose.subnetOf(network);
      return { subnet_id, ip_address: address(numberOf(subnet_id), 1 + choose.chance(6)) };
    }),
    device_owner: choose.any([...OWNERS, ...VIPS]),
    device_id: choose.any(['', 'machine', choose.reference('routers')]),
    extra_dhcp_opts: choose.few(2, () => ({ opt_name: 'mtu', opt_value: '1300' })),
  };
}

function security(choose: NeutronChoices): object {
  return {
    security_groups: choose.few(3, () => choose.reference('security_groups')),
    port_security_enabled: choose.chance(4) > 0,
    allowed_address_pairs: choose.chance(4) === 0 ? [{ ip_address: address(choose.chance(3), 9) }] : [],
  };
}

function binding(choose: NeutronChoices, host: string): object {
  const isBound = choose.yes();
  return {
    'binding:host_id': isBound ? (choose.chance(20) === 0 ? 'nobody' : host) : '',
    'binding:profile': isBound ? { interface_name: `tap${choose.chance(8)}` } : {},
  };
}

function route(choose: NeutronChoices): object {
  return { destination: `172.16.${choose.chance(3)}.0/24`, nexthop: address(choose.chance(COUNTS.subnets), 7) };
}

function someAddress(choose: NeutronChoices): string {
  return address(choose.chance(3), 1 + choose.chance(6));
}

function port(choose: NeutronChoices): number {
  return 80 + choose.chance(2);
}

function service(choose: NeutronChoices): object {
  return { address: someAddress(choose), protocol_port: port(choose), admin_state_up: choose.yes() };
}

function persistence(choose: NeutronChoices): object {
  return { session_persistence: choose.any([null, {}, { type: 'SOURCE_IP' }]) };
}

function firewallRule(choose: NeutronChoices): object {
  return {
    action: choose.any(['allow', 'deny', 'reject']),
    protocol: choose.any([null, 'tcp']),
    source_ip_address: choose.any([null, '10.0.0.0/24']),
    position: choose.any([null, 1, 2]),
    enabled: choose.chance(4) > 0,
  };
}

function monitor(choose: NeutronChoices): object {
  return { type: choose.any(['TCP', 'HTTP']), delay: 2, timeout: choose.any([1, 3]), max_retries: 2 };
}
