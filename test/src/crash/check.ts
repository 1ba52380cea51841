import { checkGroups } from './checks/groups.ts';
import { checkLeases } from './checks/leases.ts';
import { checkLog } from './checks/log.ts';
import { checkOrder } from './checks/order.ts';
import { checkWatchers } from './checks/watchers.ts';
import { checkWrites } from './checks/writes.ts';
import type { History } from './history.ts';

const CHECKS = {
  log: checkLog,
  writes: checkWrites,
  order: checkOrder,
  groups: checkGroups,
  watchers: checkWatchers,
  leases: checkLeases,
} as const;

/** What in a record breaks a promise, by the promise; empty when none is broken. */
export function violations(history: History): string[] {
  return Object.entries(CHECKS).flatMap(([name, check]) => check(history).map((wrong) => `${name}: ${wrong}`));
}
