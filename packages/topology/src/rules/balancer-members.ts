import { isMulticastIp, type IpAddress } from '@midonet/packet';
import { MAX_MEMBER_WEIGHT, type HealthMonitor, type PoolMember, type Vip } from '../balancer-entities.ts';
import { failing } from './failing.ts';
import type { Violation } from './plan.ts';

/** A day: checks further apart are most likely milliseconds. */
const MAX_SECONDS = 86_400;
const MAX_RETRIES = 10;
const MAX_PATH = 1024;
const MAX_RANGES = 16;

export function placeViolations({ address, port }: PoolMember | Vip): readonly Violation[] {
  return failing(
    [!isUnicast(address), 'address', 'must be a unicast address'],
    [!(port >= 1 && port <= 0xffff), 'protocolPort', 'must be 1 to 65535'],
  );
}

export function poolMemberViolations(member: PoolMember): readonly Violation[] {
  const { weight } = member;
  return [
    ...placeViolations(member),
    ...failing([!(weight >= 0 && weight <= MAX_MEMBER_WEIGHT), 'weight', `must be 0 to ${MAX_MEMBER_WEIGHT}`]),
  ];
}

export function monitorViolations(monitor: HealthMonitor): readonly Violation[] {
  const { delay, timeout, maxRetries } = monitor;
  const common = failing(
    [!(delay >= 1 && delay <= MAX_SECONDS), 'delay', `must be 1 to ${MAX_SECONDS} seconds`],
    [timeout < 1, 'timeout', 'must be 1 second or more'],
    [timeout > delay, 'timeout', 'must not be longer than delay: the next check would start before it'],
    [!(maxRetries >= 1 && maxRetries <= MAX_RETRIES), 'maxRetries', `must be 1 to ${MAX_RETRIES}`],
  );
  if (monitor.type === 'tcp') return common;
  const { path, expectedCodes } = monitor;
  return [
    ...common,
    ...failing(
      [
        // What ends a request line or header must not come from here (RFC 9112, 3).
        !/^\/[\x21-\x7e]*$/.test(path) || path.length > MAX_PATH,
        'urlPath',
        `must start with '/' and have at most ${MAX_PATH} printable ASCII characters, others percent-encoded`,
      ],
      [
        expectedCodes.length === 0 || expectedCodes.length > MAX_RANGES,
        'expectedCodes',
        `must be 1 to ${MAX_RANGES} codes or ranges`,
      ],
      [
        expectedCodes.some(({ start, end }) => start < 100 || end > 599 || start > end),
        'expectedCodes',
        'must be codes from 100 to 599, or ranges such as 200-299',
      ],
    ),
  ];
}

function isUnicast(ip: IpAddress): boolean {
  return !isMulticastIp(ip) && ip !== 0 && ip !== 0n && ip !== 0xffffffff;
}
