import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dissect, findDhcpOption, formatCidr, formatIp4, type Dhcp4, type DhcpOption } from '@midonet/packet';
import {
  cidr,
  dhcpClient,
  ip,
  ip4,
  runStep,
  TENANT,
  tenantNetwork,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import type { DhcpHost, DhcpSubnet, PortId } from '@midonet/topology';

const { web1, webGateway } = TENANT;

function network(subnet: Partial<DhcpSubnet>, options: DhcpHost['options'] = []): VirtualNetwork {
  const net = tenantNetwork();
  net.dhcpSubnet(net.idOf('web') as never, '10.0.1.0/24', { defaultGateway: ip4(webGateway.ip), ...subnet });
  net.dhcpHost(net.idOf('web') as never, '10.0.1.0/24', web1.mac, web1.ip, options);
  return net;
}

function offer(net: VirtualNetwork): Dhcp4 {
  const [emission] = runStep(net, { port: 'web1', frame: dhcpClient(web1, 'discover') }).emissions;
  assert.ok(emission !== undefined, 'no answer');
  const header = dissect(emission.frame).find((layer) => layer.header.kind === 'dhcp4')?.header;
  assert.ok(header?.kind === 'dhcp4');
  return header;
}

function unknown(message: Dhcp4, code: number): number[] | undefined {
  for (const one of message.options) if (one.kind === 'unknown' && one.code === code) return [...one.value];
  return undefined;
}

test('an offer tells the subnet', () => {
  const message = offer(network({ dnsServers: [ip4('9.9.9.9'), ip4('1.1.1.1')] }));
  assert.equal(formatIp4(message.yourIp), web1.ip);
  assert.equal(findDhcpOption(message, 'subnetMask')?.value, ip4('255.255.255.0'));
  assert.equal(findDhcpOption(message, 'broadcast')?.value, ip4('10.0.1.255'));
  assert.equal(findDhcpOption(message, 'serverId')?.value, ip4(webGateway.ip));
  assert.deepEqual(findDhcpOption(message, 'routers')?.value, [ip4(webGateway.ip)]);
  assert.deepEqual(findDhcpOption(message, 'dnsServers')?.value, [ip4('9.9.9.9'), ip4('1.1.1.1')]);
  assert.equal(findDhcpOption(message, 'leaseSeconds')?.value, 86400);
  assert.equal(findDhcpOption(message, 'renewalSeconds')?.value, 43200);
});

test('the MTU is the smaller of the configured and the overlay one', () => {
  assert.equal(findDhcpOption(offer(network({})), 'mtu')?.value, 1450);
  assert.equal(findDhcpOption(offer(network({ interfaceMtu: 1400 })), 'mtu')?.value, 1400);
  assert.equal(findDhcpOption(offer(network({ interfaceMtu: 9000 })), 'mtu')?.value, 1450);
});

test('static routes come with the default route behind them', () => {
  const routes = [{ destination: cidr('10.8.0.0/13'), gateway: ip('10.0.1.3') }];
  const told = findDhcpOption(offer(network({ routes })), 'routes')?.value ?? [];
  assert.deepEqual(
    told.map(({ prefix, router }) => `${formatCidr(prefix)} ${formatIp4(router)}`),
    ['10.8.0.0/13 10.0.1.3', '0.0.0.0/0 10.0.1.1'],
  );
});

test('the forwarder is the first name server', () => {
  const message = offer(network({ dnsServers: [ip4('9.9.9.9')], dnsForwarder: ip4('10.0.1.53') }));
  assert.deepEqual(findDhcpOption(message, 'dnsServers')?.value, [ip4('10.0.1.53'), ip4('9.9.9.9')]);
});

test('without a gateway the services of the bridge are on the link', () => {
  const net = network({ defaultGateway: undefined, dnsForwarder: ip4('169.254.169.253') });
  net.instance(net.idOf('web1') as PortId, 'i-1');
  const told = findDhcpOption(offer(net), 'routes')?.value ?? [];
  assert.deepEqual(
    told.map(({ prefix, router }) => `${formatCidr(prefix)} ${formatIp4(router)}`),
    ['169.254.169.254/32 0.0.0.0', '169.254.169.253/32 0.0.0.0'],
  );
});

test('host options by name and number, typed; what does not fit its type is left out', () => {
  const message = offer(
    network({}, [
      { name: 'ntp-server', value: '10.0.1.4, 10.0.1.5' },
      { name: '66', value: 'tftp.example' },
      { name: 'domain_search', value: 'a.example,b.example' },
      { name: 'server-ip-address', value: '10.0.1.6' },
      { name: 'mtu', value: '1300' },
      { name: 'ip-forward-enable', value: 'true' },
      { name: '224', value: '0xc0ffee' },
      { name: 'default-ttl', value: '999' },
      { name: 'no-such-option', value: 'x' },
      { name: '53', value: '9' },
    ]),
  );
  assert.deepEqual(findDhcpOption(message, 'ntpServers')?.value, [ip4('10.0.1.4'), ip4('10.0.1.5')]);
  assert.equal(findDhcpOption(message, 'tftpServer')?.value, 'tftp.example');
  assert.equal(String.fromCharCode(...(unknown(message, 119) ?? [])), '\x01a\x07example\0\x01b\x07example\0');
  assert.equal(formatIp4(message.serverIp), '10.0.1.6');
  assert.equal(findDhcpOption(message, 'mtu')?.value, 1300);
  assert.deepEqual(unknown(message, 19), [1]);
  assert.deepEqual(unknown(message, 224), [0xc0, 0xff, 0xee]);
  assert.equal(unknown(message, 23), undefined);
  assert.equal(findDhcpOption(message, 'messageType')?.value, 'offer');
});

test("a client's identifier comes back, and what a relay added comes last", () => {
  const own: DhcpOption = { kind: 'clientId', value: Uint8Array.of(1, 2, 3) };
  const relay: DhcpOption = { kind: 'unknown', code: 82, value: Uint8Array.of(1, 1, 7) };
  const [emission] = runStep(network({}), {
    port: 'web1',
    frame: dhcpClient(web1, 'discover', [relay, own]),
  }).emissions;
  const header = dissect(emission?.frame ?? assert.fail()).find((layer) => layer.header.kind === 'dhcp4')?.header;
  assert.ok(header?.kind === 'dhcp4');
  assert.deepEqual(header.options.slice(-2), [own, relay]);
});

test('a lease may be as long as an option says', () => {
  const message = offer(
    network({}, [
      { name: 'lease-time', value: '600' },
      { name: '58', value: '300' },
    ]),
  );
  assert.equal(findDhcpOption(message, 'leaseSeconds')?.value, 600);
  assert.equal(findDhcpOption(message, 'renewalSeconds')?.value, 300);
});

test('a disabled subnet does not answer', () => {
  const net = network({ enabled: false });
  const outcome = runStep(net, { port: 'web1', frame: dhcpClient(web1, 'discover') });
  assert.equal(outcome.verdict.kind, 'forward');
});
