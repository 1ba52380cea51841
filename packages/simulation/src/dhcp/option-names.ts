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
    'log-server': spec(7, 'addresses'),
    'log-servers': spec(7, 'addresses'),
    'lpr-server': spec(9, 'addresses'),
    hostname: spec(12, 'string'),
    'host-name': spec(12, 'string'),
    'boot-file-size': spec(13, 'uint16'),
    'domain-name': spec(15, 'string'),
    'swap-server': spec(16, 'address'),
    'root-path': spec(17, 'string'),
    'extension-path': spec(18, 'string'),
    'ip-forward-enable': spec(19, 'boolean'),
    'max-datagram-reassembly': spec(22, 'uint16'),
    'default-ttl': spec(23, 'uint8'),
    mtu: spec(26, 'uint16'),
    'interface-mtu': spec(26, 'uint16'),
    'all-subnets-local': spec(27, 'boolean'),
    broadcast: spec(28, 'address'),
    'broadcast-address': spec(28, 'address'),
    'router-discovery': spec(31, 'boolean'),
    'static-route': spec(33, 'addresses'),
    'arp-timeout': spec(35, 'uint32'),
    'tcp-ttl': spec(37, 'uint8'),
    'tcp-keepalive': spec(38, 'uint32'),
    'nis-domain': spec(40, 'string'),
    'nis-server': spec(41, 'addresses'),
    'ntp-server': spec(42, 'addresses'),
    'ntp-servers': spec(42, 'addresses'),
    'vendor-encap': spec(43, 'hex'),
    'netbios-ns': spec(44, 'addresses'),
    'netbios-name-servers': spec(44, 'addresses'),
    'netbios-nodetype': spec(46, 'uint8'),
    'netbios-scope': spec(47, 'string'),
    'vendor-class': spec(60, 'string'),
    'client-id': spec(61, 'hex'),
    'nis+-domain': spec(64, 'string'),
    'tftp-server': spec(66, 'string'),
    'tftp-server-name': spec(66, 'string'),
    'bootfile-name': spec(67, 'string'),
    'smtp-server': spec(69, 'addresses'),
    'pop3-server': spec(70, 'addresses'),
    'domain-search': spec(119, 'domains'),
    'classless-static-route': spec(121, 'routes'),
    'rfc3442-classless-static-routes': spec(121, 'routes'),
    'tftp-server-address': spec(150, 'addresses'),
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
