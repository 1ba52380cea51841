import type { Entity } from '@midonet/topology';
import { tenantOf } from '../objects/fields.ts';
import type { FirewallLog, NeutronLoggingResource } from '../objects/objects.ts';
import type { NeutronReader } from '../reader.ts';
import { firewallChainId, isInUse } from './firewall.ts';

export function loggingResourceTopology(resource: NeutronLoggingResource): readonly Entity[] {
  const { id, name, enabled } = resource;
  const common = { kind: 'loggingResource', id, type: 'file' } as const;
  return [{ ...common, tenantId: tenantOf(resource), name: name ?? '', enabled: enabled ?? true }];
}

const EVENTS = { ACCEPT: 'accept', DROP: 'drop', ALL: 'all' } as const;

/** A logger of the firewall's chain, for as long as there is that. */
export async function firewallLogTopology(log: FirewallLog, read: NeutronReader): Promise<readonly Entity[]> {
  const firewall = await read.get('firewall', log.firewall_id);
  if (firewall === undefined || !(await isInUse(firewall, read))) return [];
  return [
    {
      kind: 'ruleLogger',
      id: log.id,
      name: log.name ?? '',
      loggingResourceId: log.logging_resource_id,
      chainId: firewallChainId(firewall.id),
      event: EVENTS[log.fw_event ?? 'ALL'],
    },
  ];
}
