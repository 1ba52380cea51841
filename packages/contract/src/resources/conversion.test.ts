import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCidr, formatMac, parseIp, parseMac } from '@midonet/packet';
import { parseId, type BridgeId, type PortId, type RouteId, type RouterId } from '@midonet/topology';
import fc from 'fast-check';
import { baseOf } from '../links.ts';
import { decode } from '../problem.ts';
import { newPort, portToDto, updatePort, type PortOwner } from './port-conversion.ts';
import { portDto, portInput } from './port.ts';
import { newRoute, routeDto, routeInput, routeToDto } from './route.ts';
import { parseIpMacSegment, parseMacPortSegment } from './tables.ts';

const base = baseOf('http://h:1');
const id = <T extends PortId | BridgeId | RouterId | RouteId>(digit: number): T =>
  parseId<T>(`00000000-0000-4000-8000-00000000000${digit}`) ?? assert.fail();
const onRouter: PortOwner = { type: 'router', routerId: id(1) };
const onBridge: PortOwner = { type: 'bridge', bridgeId: id(2) };
const make = { newId: () => id<PortId>(3), newMac: () => parseMac('02:00:00:00:00:01') ?? assert.fail() };

function port(body: object, owner: PortOwner = onRouter) {
  const input = decode(portInput, body);
  assert.ok(input.kind === 'ok', 'the input decodes');
  return newPort(input.value, owner, make);
}

function must<T>(converted: { kind: 'ok'; value: T } | { kind: 'invalid' }): T {
  assert.ok(converted.kind === 'ok', 'the conversion works');
  return converted.value;
}

test('addresses in either spelling, or both when they agree', () => {
  const spellings = [
    { portAddress: '10.0.0.1', networkAddress: '10.0.0.0', networkLength: 24 },
    { portSubnet: ['10.0.0.1/24'] },
    { portSubnet: '10.0.0.1/24' },
    { portSubnet: ['10.0.0.0/24'], portAddress: '10.0.0.1' },
    { portSubnet: [], portAddress: '10.0.0.1', networkLength: 24 },
  ];
  for (const spelling of spellings) {
    const made = must(port(spelling));
    assert.ok(made.type === 'router');
    assert.deepEqual(made.addresses.map(formatCidr), ['10.0.0.1/24'], JSON.stringify(spelling));
  }
  for (const wrong of [
    { portAddress: '10.0.0.1' },
    { networkLength: 24 },
    { portAddress: '10.0.0.1', networkAddress: '10.0.9.0', networkLength: 24 },
    { portSubnet: ['10.0.9.1/24'], portAddress: '10.0.0.1' },
  ]) {
    assert.equal(port(wrong).kind, 'invalid', JSON.stringify(wrong));
  }
});

test('types of older clients are understood, those of another device refused', () => {
  for (const type of ['Bridge', 'ExteriorBridge', 'InteriorBridge']) must(port({ type }, onBridge));
  assert.equal(port({ type: 'ExteriorRouter' }, onBridge).kind, 'invalid');
  assert.equal(decode(portInput, { type: 'Vxlan' }).kind, 'invalid');
});

test('what a port shows can be written back without changing anything', () => {
  const ip4 = fc
    .integer({ min: 1, max: 0xdfffffff })
    .map((value) => `${value >>> 24 || 1}.${(value >>> 16) & 255}.1.2`);
  const cidr = fc.tuple(ip4, fc.integer({ min: 1, max: 32 })).map(([ip, length]) => `${ip}/${length}`);
  const cidr6 = fc.integer({ min: 0, max: 128 }).map((length) => `2001:db8::7/${length}`);
  const addresses = fc.array(fc.oneof(cidr, cidr6), { maxLength: 4 });
  fc.assert(
    fc.property(addresses, fc.boolean(), (portSubnet, adminStateUp) => {
      const made = must(port({ portSubnet, adminStateUp, vifId: 'v' }));
      const dto = portToDto(
        made,
        { active: false, tunnelKey: 0, routeIds: [], insertionIds: [], srvInsertionIds: [], traceRequestIds: [] },
        base,
      );
      assert.deepEqual(portDto.parse(dto), dto);
      const back = decode(portInput, dto);
      assert.deepEqual(must(updatePort(made, must(back))), { ...made, previousHostId: undefined });
    }),
  );
});

test('who names another instance at a port does not say whose it is', () => {
  const made = must(port({ instanceId: 'i-1' }, onBridge));
  const owner = (body: object): string | undefined => {
    assert.ok(made.type === 'bridge');
    const changed = must(updatePort({ ...made, instanceTenantId: 'acme' }, must(decode(portInput, body))));
    return changed.type === 'bridge' ? changed.instanceTenantId : undefined;
  };
  assert.equal(owner({ adminStateUp: false }), 'acme');
  assert.equal(owner({ instanceId: 'i-1' }), 'acme');
  assert.equal(owner({ instanceId: 'i-2' }), undefined);
});

test('routes: families, defaults, and every way to write "no gateway"', () => {
  const convert = (body: object) => newRoute(must(decode(routeInput, body)), id(1), () => id(4));
  const hop = { nextHopPort: id<PortId>(3) };
  for (const nextHopGateway of [null, '', '0.0.0.0', undefined]) {
    const route = must(convert({ ...hop, dstNetworkAddr: '10.0.0.0', dstNetworkLength: 8, nextHopGateway }));
    assert.equal(routeToDto(route, base).nextHopGateway, null);
  }
  const six = must(
    convert({
      ...hop,
      dstNetworkAddr: '2001:db8::',
      dstNetworkLength: 32,
      srcNetworkAddr: '0.0.0.0',
      srcNetworkLength: 0,
    }),
  );
  assert.equal(routeToDto(six, base).srcNetworkAddr, '::');
  const dto = routeToDto(must(convert({ type: 'blackhole' })), base);
  assert.deepEqual([dto.type, dto.dstNetworkAddr, dto.dstNetworkLength], ['BlackHole', '0.0.0.0', 0]);
  assert.deepEqual(routeDto.parse(dto), dto);
  assert.equal(convert({ dstNetworkAddr: '10.0.0.0', dstNetworkLength: 8 }).kind, 'invalid', 'no next hop');
  assert.equal(convert({ ...hop, dstNetworkAddr: '10.0.0.0', nextHopGateway: '::1' }).kind, 'invalid', 'mixed');
  assert.equal(convert({ ...hop, type: 'Local' }).kind, 'invalid');
  assert.equal(convert({ ...hop, dstNetworkAddr: '10.0.0.0', dstNetworkLength: 64 }).kind, 'invalid');
});

test('row segments of URIs are read with dashes or colons, nonsense is not', () => {
  const parsed = parseMacPortSegment('02:00:00:00:00:01_00000000-0000-4000-8000-000000000003');
  assert.equal(formatMac(parsed?.mac ?? assert.fail()), '02:00:00:00:00:01');
  assert.equal(parseIpMacSegment('fe80::1_02-00-00-00-00-01')?.ip, parseIp('fe80::1'));
  fc.assert(fc.property(fc.string(), (text) => parseMacPortSegment(text) === undefined));
  fc.assert(fc.property(fc.string(), (text) => parseIpMacSegment(text) === undefined));
});
