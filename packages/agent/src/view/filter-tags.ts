import { deviceTag, ipAddrGroupTag, portGroupTag, type Tag } from '@midonet/flow';
import type { Chain, FilterChanges, Rule } from '@midonet/topology';

/**
 * What changes of chains and groups mean to flows: those through a chain whose rules changed; those
 * that asked a group about exactly the ports or addresses that came or went.
 */
export function* filterTags({ chains, portGroups, ipAddrGroups }: FilterChanges): Generator<Tag> {
  for (const [id, { before, after }] of chains) {
    if (before === undefined) continue;
    // Flows are made anew when a log begins, so that what is under way is in it.
    const isOther =
      after === undefined || before.chain.log !== after.chain.log || !sameLoggers(before.chain, after.chain);
    if (isOther || !sameRules(before.rules, after.rules)) yield deviceTag('chain', id);
  }
  for (const [id, { before, after }] of portGroups) {
    if (before === undefined) continue;
    if (after === undefined) yield deviceTag('portGroup', id);
    else for (const port of unshared(before.members, after.members)) yield portGroupTag(id, port);
  }
  for (const [id, { before, after }] of ipAddrGroups) {
    if (before === undefined) continue;
    if (after === undefined) yield deviceTag('ipAddrGroup', id);
    else for (const address of unshared(before.addresses, after.addresses)) yield ipAddrGroupTag(id, address);
  }
}

/** The name of a chain decides nothing; its rules and their order do. */
function sameRules(before: readonly Rule[], after: readonly Rule[]): boolean {
  return before.length === after.length && before.every((rule, i) => rule === after[i]);
}

function sameLoggers({ loggers: a = [] }: Chain, { loggers: b = [] }: Chain): boolean {
  return a.length === b.length && a.every(({ id, event }, i) => id === b[i]?.id && event === b[i].event);
}

function* unshared<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): Generator<T> {
  for (const item of a) if (!b.has(item)) yield item;
  for (const item of b) if (!a.has(item)) yield item;
}
