/** How the text of a configured option becomes bytes. */
export type OptionType =
  | 'address'
  | 'addresses'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'int32'
  | 'boolean'
  | 'string'
  | 'routes'
  | 'domains'
  | 'hex';

export type OptionSpec = { readonly code: number; readonly type: OptionType };

const spec = (code: number, type: OptionType): OptionSpec => ({ code, type });

/**
 * Options by name: RFC 2132 and later, under the names that OpenStack (dnsmasq's) and ISC dhcpd use.
 * Names compare without case and with `_` for `-`.
 */
export const OPTIONS: ReadonlyMap<string, OptionSpec> = new Map(
  Object.entries({
    'subnet-mask': spec(1, 'address'),
    netmask: spec(1, 'address'),
    'time-offset': spec(2, 'int32'),
    router: spec(3, 'addresses'),
    routers: spec(3, 'addresses'),
    'time-servers': spec(4, 'addresses'),
    'time-server': spec(4, 'addresses'),
    'dns-server': spec(6, 'addresses'),
    'domain-name-servers': spec(6, 'addresses'),
    'name-servers': spec(5, 'addresses'),
    'log-server': spec(7, 'addresses'),
    'log-servers': spec(7, 'addresses'),
    'cookie-servers': spec(8, 'addresses'),
    'lpr-server': spec(9, 'addresses'),
    'lpr-servers': spec(9, 'addresses'),
    'impress-servers': spec(10, 'addresses'),
    'resource-location-servers': spec(11, 'addresses'),
    hostname: spec(12, 'string'),
    'host-name': spec(12, 'string'),
    'boot-file-size': spec(13, 'uint16'),
    'merit-dump': spec(14, 'string'),
    'domain-name': spec(15, 'string'),
    'swap-server': spec(16, 'address'),
    'root-path': spec(17, 'string'),
    'extension-path': spec(18, 'string'),
    'ip-forward-enable': spec(19, 'boolean'),
    'non-local-source-routing': spec(20, 'boolean'),
    'policy-filter': spec(21, 'addresses'),
    'max-datagram-reassembly': spec(22, 'uint16'),
    'path-mtu-aging-timeout': spec(24, 'uint32'),
    'default-ttl': spec(23, 'uint8'),
    mtu: spec(26, 'uint16'),
    'interface-mtu': spec(26, 'uint16'),
    'all-subnets-local': spec(27, 'boolean'),
    broadcast: spec(28, 'address'),
    'broadcast-address': spec(28, 'address'),
    'perform-mask-discovery': spec(29, 'boolean'),
    'mask-supplier': spec(30, 'boolean'),
    'router-discovery': spec(31, 'boolean'),
    'router-solicitation-address': spec(32, 'address'),
    'static-route': spec(33, 'addresses'),
    'trailer-encapsulation': spec(34, 'boolean'),
    'arp-timeout': spec(35, 'uint32'),
    'ieee802-3-encapsulation': spec(36, 'boolean'),
    'tcp-ttl': spec(37, 'uint8'),
    'tcp-keepalive': spec(38, 'uint32'),
    'tcp-keepalive-garbage': spec(39, 'boolean'),
    'nis-domain': spec(40, 'string'),
    'nis-server': spec(41, 'addresses'),
    'ntp-server': spec(42, 'addresses'),
    'ntp-servers': spec(42, 'addresses'),
    'vendor-encap': spec(43, 'hex'),
    'netbios-ns': spec(44, 'addresses'),
    'netbios-name-servers': spec(44, 'addresses'),
    'netbios-dd-server': spec(45, 'addresses'),
    'netbios-nodetype': spec(46, 'uint8'),
    'netbios-node-type': spec(46, 'uint8'),
    'netbios-scope': spec(47, 'string'),
    'x-windows-fs': spec(48, 'addresses'),
    'x-windows-dm': spec(49, 'addresses'),
    'lease-time': spec(51, 'uint32'),
    t1: spec(58, 'uint32'),
    t2: spec(59, 'uint32'),
    'vendor-class': spec(60, 'string'),
    'client-id': spec(61, 'hex'),
    'nis+-domain': spec(64, 'string'),
    'nis+-server': spec(65, 'addresses'),
    'tftp-server': spec(66, 'string'),
    'tftp-server-name': spec(66, 'string'),
    'bootfile-name': spec(67, 'string'),
    'mobile-ip-home': spec(68, 'addresses'),
    'smtp-server': spec(69, 'addresses'),
    'pop3-server': spec(70, 'addresses'),
    'nntp-server': spec(71, 'addresses'),
    'www-server': spec(72, 'addresses'),
    'finger-server': spec(73, 'addresses'),
    'irc-server': spec(74, 'addresses'),
    'street-talk-server': spec(75, 'addresses'),
    'stda-server': spec(76, 'addresses'),
    'posix-timezone': spec(100, 'string'),
    'tzdb-timezone': spec(101, 'string'),
    'captive-portal': spec(114, 'string'),
    'domain-search': spec(119, 'domains'),
    'classless-static-route': spec(121, 'routes'),
    'rfc3442-classless-static-routes': spec(121, 'routes'),
    'tftp-server-address': spec(150, 'addresses'),
    'ms-classless-static-routes': spec(249, 'routes'),
    'server-ip-address': spec(255, 'address'),
    wpad: spec(252, 'string'),
  }),
);

/** By name, or by number ("66", "option:66"): a number of no known type is text, or bytes as `0x…`. */
export function optionSpec(name: string): OptionSpec | undefined {
  const known = OPTIONS.get(name.toLowerCase().replaceAll('_', '-'));
  if (known !== undefined) return known;
  const digits = /^(?:option:)?([0-9]{1,3})$/.exec(name)?.[1];
  const code = digits === undefined ? 0 : Number(digits);
  if (code < 1 || code > 254) return undefined;
  for (const option of OPTIONS.values()) if (option.code === code) return option;
  return { code, type: 'string' };
}
