import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CliError } from '../cli-error.ts';
import { readTopologies } from './document.ts';

/** What reading this file says; it must be a wrong usage, not a failure. */
function complaint(text: string): string {
  try {
    readTopologies('net.yaml', text);
  } catch (error) {
    assert.ok(error instanceof CliError && error.code === 'usage', String(error));
    assert.ok(!error.message.includes('\n'), 'one line');
    return error.message;
  }
  throw new assert.AssertionError({ message: 'it was read' });
}

const CASES: readonly (readonly [what: string, text: string, message: string])[] = [
  [
    'a misspelled field',
    'bridges:\n  red:\n    portz: { web: {} }\n',
    'net.yaml:3: bridges.red has no field "portz"; there is ports, up, shared, dhcp, dhcp6, arp, macs, inbound, outbound, inboundMirrors, outboundMirrors, qos',
  ],
  [
    'a misspelled field at the top',
    'tenant: acme\nbridge: {}\n',
    'net.yaml:2: the file has no field "bridge"; there is tenant, tunnelZones, bridges, routers, chains, portGroups, ipAddressGroups, qosPolicies, mirrors, insertions, loggingResources, traceRequests',
  ],
  [
    'a list where names belong',
    'bridges:\n  red:\n    ports:\n      - web\n',
    'net.yaml:4: bridges.red.ports must be a mapping of names',
  ],
  [
    'a bad prefix',
    'routers:\n  edge:\n    ports:\n      a: { addresses: [10.0.0.1/33] }\n',
    'net.yaml:4: routers.edge.ports.a.addresses[0] must be a prefix like 10.0.0.0/24, not "10.0.0.1/33"',
  ],
  [
    'a bad address',
    'tunnelZones:\n  underlay:\n    hosts:\n      hv1: 10.0.0\n',
    'net.yaml:4: tunnelZones.underlay.hosts.hv1 must be an IP address, not "10.0.0"',
  ],
  [
    'a bad MAC address',
    'bridges:\n  red:\n    arp:\n      10.0.0.1: "02:00"\n',
    'net.yaml:4: bridges.red.arp.10.0.0.1 must be a MAC address, not "02:00"',
  ],
  [
    'a binding without its interface',
    'bridges:\n  red:\n    ports:\n      web:\n        host: hv1\n',
    'net.yaml:5: bridges.red.ports.web needs both host and interface to be bound',
  ],
  [
    'two ends of one cable',
    'routers:\n  edge:\n    ports:\n      a: { addresses: [10.0.0.1/24], bridge: red, peer: core/b }\n',
    'net.yaml:4: routers.edge.ports.a can have only one of bridge, peer and host',
  ],
  [
    'a router port without addresses',
    'routers:\n  edge:\n    ports:\n      a: { bridge: red }\n',
    'net.yaml:4: routers.edge.ports.a needs addresses, a list like [10.0.0.1/24]',
  ],
  [
    'something missing, at the place where it is missing',
    'bridges:\n  red:\n    dhcp:\n      10.1.0.0/24:\n        hosts:\n          web: { address: 10.1.0.5 }\n',
    'net.yaml:6: bridges.red.dhcp.10.1.0.0/24.hosts.web.mac is required',
  ],
  [
    'a route that leads nowhere',
    'routers:\n  edge:\n    routes:\n      - { to: 10.0.0.0/8 }\n',
    'net.yaml:4: routers.edge.routes[0] needs a port, or blackhole, or reject',
  ],
  [
    'text where true or false belongs',
    'bridges:\n  red:\n    up: maybe\n',
    'net.yaml:3: bridges.red.up must be true or false',
  ],
];

for (const [what, text, message] of CASES) {
  test(`${what} is told with file, line and field`, () => assert.equal(complaint(text), message));
}

test('what is no YAML is told with its line', () => {
  assert.match(complaint('bridges:\n  red: {\n'), /^net\.yaml:[23]: /);
  assert.match(complaint('bridges:\n  red: {}\n  red: {}\n'), /^net\.yaml:3: .*unique/);
});

test('an empty file wants nothing', () => {
  assert.deepEqual(readTopologies('net.yaml', '')[0], {
    tenant: undefined,
    zones: [],
    bridges: [],
    routers: [],
    chains: [],
    portGroups: [],
    ipGroups: [],
    qosPolicies: [],
    mirrors: [],
    insertions: [],
    loggingResources: [],
    traceRequests: [],
  });
});

test('a file may have several documents, and mistakes are told by the line of the file', () => {
  const text = 'tenant: acme\nbridges: { red: {} }\n---\ntenant: ""\nbridges:\n  blue: {}\n';
  const documents = readTopologies('net.yaml', text);
  assert.deepEqual(
    documents.map(({ tenant, bridges }) => [tenant, bridges.map(({ name }) => name)]),
    [
      ['acme', ['red']],
      ['', ['blue']],
    ],
  );
  assert.throws(
    () => readTopologies('net.yaml', `${text}  green: { portz: {} }\n`),
    /net\.yaml:7: bridges\.green has no field/,
  );
  assert.throws(() => readTopologies('net.yaml', `${text}---\n[`), /net\.yaml:8/);
});
