import type { Chain, IpAddrGroup, IpAddrGroupAddress, PortGroup, PortGroupMember, Rule } from '../filter-entities.ts';
import { indexKey } from '../keys.ts';
import { withoutFilter } from './filters.ts';
import { removeLoggersOf } from './logger-rules.ts';
import { refused, type Refused, type WriteList } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Read = ReadRecorder<number>;

/** Deletes a chain with its rules. Devices and ports lose it as a filter; while a rule jumps to it, it stays. */
export async function deleteChain(chain: Chain, read: Read, list: WriteList): Promise<Refused | undefined> {
  const below = (kind: string) => read.below(indexKey('chain', chain.id, kind, ''));
  const [jump] = await read.valuesBelow(indexKey('chain', chain.id, 'jump', ''));
  if (jump !== undefined) {
    return refused('inUse', 'id', `rule ${jump[0]} of chain ${jump[1]} jumps here: delete or change that rule first`);
  }
  for (const id of await below('rule')) {
    const rule = await read.get('rule', id);
    if (rule !== undefined) list.remove(rule);
  }
  await removeLoggersOf(chain, read, list);
  for (const kind of ['bridge', 'router', 'port', 'ipAddrGroup'] as const) {
    for (const id of await below(kind)) {
      const user = await read.get(kind, id);
      if (user !== undefined) list.update(user, withoutFilter(user, chain.id));
    }
  }
  list.remove(chain);
  return undefined;
}

/** A rule that lost the group it asks about would apply to more than it was written for: so groups in use stay. */
export async function deletePortGroup(group: PortGroup, read: Read, list: WriteList): Promise<Refused | undefined> {
  const refusal = await checkUnused(group, read);
  if (refusal !== undefined) return refusal;
  for (const portId of await read.below(`portGroupMember/${group.id}/`)) {
    list.removeKey(indexKey('port', portId, 'portGroup', group.id));
  }
  list.removeBelow(`portGroupMember/${group.id}/`);
  list.remove(group);
  return undefined;
}

export async function deleteIpAddrGroup(group: IpAddrGroup, read: Read, list: WriteList): Promise<Refused | undefined> {
  const refusal = await checkUnused(group, read);
  if (refusal !== undefined) return refusal;
  list.removeBelow(`ipAddrGroupAddress/${group.id}/`);
  list.remove(group);
  return undefined;
}

async function checkUnused(group: PortGroup | IpAddrGroup, read: Read): Promise<Refused | undefined> {
  const [rule] = await read.below(indexKey(group.kind, group.id, 'rule', ''));
  if (rule !== undefined) {
    return refused('inUse', 'id', `rule ${rule} asks about this group: delete or change that rule first`);
  }
  const [mirror] = await read.below(indexKey(group.kind, group.id, 'mirror', ''));
  if (mirror !== undefined) {
    return refused('inUse', 'id', `mirror ${mirror} asks about this group: delete or change that mirror first`);
  }
  const [trace] = await read.below(indexKey(group.kind, group.id, 'traceRequest', ''));
  if (trace === undefined) return undefined;
  return refused('inUse', 'id', `trace request ${trace} asks about this group: delete or change that one first`);
}

/** A member row needs its group and its port, an address row its group. */
export async function checkGroupRow(
  row: PortGroupMember | IpAddrGroupAddress,
  read: Read,
): Promise<Refused | undefined> {
  const kind = row.kind === 'portGroupMember' ? 'portGroup' : 'ipAddrGroup';
  if (!(await read.exists(`${kind}/${row.groupId}`))) {
    return refused('notFound', `${kind}Id`, `no ${kind} ${row.groupId}`);
  }
  if (row.kind === 'ipAddrGroupAddress' || (await read.exists(`port/${row.portId}`))) return undefined;
  return refused('invalid', 'portId', `no port ${row.portId}`);
}

export async function checkChainOf(rule: Rule, read: Read): Promise<Refused | undefined> {
  if (await read.exists(`chain/${rule.chainId}`)) return undefined;
  return refused('notFound', 'chainId', `no chain ${rule.chainId}`);
}
