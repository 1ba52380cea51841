import fc, { type Arbitrary } from 'fast-check';
import { dhcp6, type Dhcp6, type Dhcp6Option } from '../src/index.ts';
import { ip6 } from './arbitraries.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const bytes = fc.uint8Array({ maxLength: 20 });
const name = fc.stringMatching(/^[a-z0-9]{1,9}(\.[a-z]{1,5}){0,2}$/);

/** Plain objects, so that what is parsed compares as equal. */
function record<T>(model: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

const status: Arbitrary<Dhcp6Option> = record({
  kind: fc.constant('status' as const),
  code: fc.nat(6),
  message: bytes,
});

const iaAddress: Arbitrary<Dhcp6Option> = record({
  kind: fc.constant('iaAddress' as const),
  address: ip6,
  preferred: u32,
  valid: u32,
  options: fc.array(status, { maxLength: 1 }),
});

export const dhcp6Option: Arbitrary<Dhcp6Option> = fc.oneof(
  status,
  record({ kind: fc.constantFrom('clientId' as const, 'serverId' as const), value: bytes }),
  record({
    kind: fc.constant('iaNa' as const),
    iaid: u32,
    renew: u32,
    rebind: u32,
    options: fc.array(fc.oneof(iaAddress, status), { maxLength: 3 }),
  }),
  record({ kind: fc.constant('requested' as const), codes: fc.array(fc.nat(0xffff), { maxLength: 5 }) }),
  record({ kind: fc.constant('preference' as const), value: fc.nat(0xff) }),
  record({ kind: fc.constant('elapsed' as const), value: fc.nat(0xffff) }),
  record({ kind: fc.constant('rapidCommit' as const) }),
  record({ kind: fc.constant('dnsServers' as const), value: fc.array(ip6, { maxLength: 3 }) }),
  record({ kind: fc.constant('domains' as const), names: fc.array(name, { maxLength: 3 }) }),
  record({ kind: fc.constant('refreshSeconds' as const), value: u32 }),
  record({ kind: fc.constant('unknown' as const), code: fc.constantFrom(16, 25, 39, 82), value: bytes }),
);

export const dhcp6Message: Arbitrary<Dhcp6> = record({
  type: fc.integer({ min: 1, max: 11 }),
  transaction: fc.nat(0xffffff),
  options: fc.array(dhcp6Option, { maxLength: 6 }),
}).map(dhcp6);
