import type { MeterDto } from '@midonet/contract';
import type { Services } from '../handlers/services.ts';
import { TopologyReader } from '../topology/reader.ts';

/**
 * What rules of each meter applied to, summed over living hosts; of those tenants whose chains the caller
 * may see. Hosts' reports are the provider's, so they are read past what a tenant sees.
 */
export async function meters({ reader, store, reports, provider }: Services): Promise<MeterDto[]> {
  const stored = await new TopologyReader(store).list('hostRuleHits');
  const seen = provider ? undefined : new Set((await reader.list('chain')).map(({ tenantId }) => tenantId));
  const sums = new Map<string, MeterDto>();
  for (const { meters: counts = [] } of reports?.over('hostRuleHits', stored) ?? stored) {
    for (const { tenantId, name, packets, bytes } of counts) {
      if (seen !== undefined && !seen.has(tenantId)) continue;
      const key = JSON.stringify([tenantId, name]);
      const sum = sums.get(key) ?? { tenantId, name, packets: 0, bytes: 0, hosts: 0 };
      sum.packets += packets;
      sum.bytes += bytes;
      sum.hosts++;
      sums.set(key, sum);
    }
  }
  return [...sums.values()].sort((a, b) => order(a.tenantId, b.tenantId) || order(a.name, b.name));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
