import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { entity, sharedRow } from '../testing/arbitraries.ts';
import { decodeEntity, decodeKeyed, decodeRow, encodeEntity, encodeRow, isDecodeFailure } from './codec.ts';
import { entityKey, sharedRowKey } from './keys.ts';

test('an entity survives its stored form, through JSON text and under its key', () => {
  fc.assert(
    fc.property(entity, (value) => {
      const stored: unknown = JSON.parse(JSON.stringify(encodeEntity(value)));
      assert.deepEqual(decodeEntity(stored), unframed(value));
      assert.deepEqual(decodeKeyed(entityKey(value), stored), decodeEntity(stored));
    }),
    { numRuns: 1000 },
  );
});

test('a shared row survives its stored form', () => {
  fc.assert(
    fc.property(sharedRow, (value) => {
      const stored: unknown = JSON.parse(JSON.stringify(encodeRow(value)));
      assert.deepEqual(decodeRow(stored), unframed(value));
      assert.deepEqual(decodeKeyed(sharedRowKey(value), stored), decodeRow(stored));
    }),
  );
});

test('any JSON decodes to a value or a failure, never a throw', () => {
  const noise = fc.oneof(
    fc.jsonValue(),
    fc
      .tuple(entity, fc.string(), fc.jsonValue())
      .map(([value, name, junk]) => ({ ...encodeEntity(value), [name]: junk })),
    fc.tuple(entity, fc.nat(), fc.jsonValue()).map(([value, at, junk]) => {
      const stored = encodeEntity(value);
      const names = Object.keys(stored);
      return { ...stored, [names[at % names.length] ?? '']: junk };
    }),
  );
  fc.assert(
    fc.property(noise, (value) => {
      decodeEntity(value);
      decodeRow(value);
      decodeKeyed('port/x', value);
    }),
    { numRuns: 2000 },
  );
});

test('a failure names the field, nested ones by path', () => {
  const bad = decodeEntity({
    kind: 'dhcpSubnet',
    bridgeId: '9a2b3c4d-0000-4000-8000-000000000001',
    subnet: '10.0.0.0/24',
    dnsServers: ['10.0.0.1', '10.0.0.256'],
    routes: [],
    enabled: true,
  });
  assert.deepEqual(bad, {
    kind: 'decodeFailure',
    field: 'dnsServers[1]',
    message: 'expected an IPv4 address, got "10.0.0.256"',
  });
  const kind = decodeEntity({ kind: 'brigde' });
  assert.ok(isDecodeFailure(kind) && kind.field === 'kind');
});

test('a value under a key it does not belong to is refused', () => {
  const stored = {
    kind: 'bridge',
    id: '9a2b3c4d-0000-4000-8000-000000000001',
    tenantId: '',
    name: 'b',
    adminStateUp: true,
  };
  const wrong = decodeKeyed('bridge/9a2b3c4d-0000-4000-8000-000000000002', stored);
  assert.ok(isDecodeFailure(wrong) && wrong.field === 'key');
  assert.ok(isDecodeFailure(decodeKeyed('index/bridge/x/port/y', '')));
});

/** The same value built of plain objects: fast-check's records have no prototype. */
function unframed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unframed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, unframed(member)]));
}

test('a NAT rule without targets or action, or with a port too large, is refused by the field', () => {
  const id = '9a2b3c4d-0000-4000-8000-000000000001';
  const condition = { invert: false, fragmentPolicy: 'any' };
  const target = { addressFrom: '203.0.113.5', addressTo: '203.0.113.9', portFrom: 1024, portTo: 65535 };
  const whole = {
    kind: 'rule',
    id,
    chainId: id,
    order: 0,
    condition,
    type: 'snat',
    targets: [target],
    action: 'accept',
  };
  const field = (change: object): string => {
    const decoded = decodeEntity(JSON.parse(JSON.stringify({ ...whole, ...change })));
    return isDecodeFailure(decoded) ? decoded.field : 'sound';
  };
  assert.equal(field({}), 'sound');
  assert.equal(field({ targets: undefined }), 'targets');
  assert.equal(field({ action: undefined }), 'action');
  assert.equal(field({ action: 'jump' }), 'action');
  assert.equal(field({ targets: [{ ...target, portTo: 65536 }] }), 'targets[0].portTo');
  assert.equal(field({ targets: [target, { ...target, addressTo: 'x' }] }), 'targets[1].addressTo');
  assert.equal(field({ type: 'revSnat', action: undefined }), 'action');
  assert.equal(field({ type: 'revDnat', targets: undefined }), 'sound');
  assert.equal(field({ condition: { ...condition, connection: 'both' } }), 'condition.connection');
});
