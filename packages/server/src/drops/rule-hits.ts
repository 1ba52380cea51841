import type { RuleHitsDto } from '@midonet/contract';
import type { Services } from '../handlers/services.ts';
import { TopologyReader } from '../topology/reader.ts';

/**
 * What rules applied to, summed over living hosts. Hosts' reports are the provider's, so they are
 * read past what a tenant sees; only rules that the caller may see are given.
 */
export async function ruleHits(
  { store, reports }: Pick<Services, 'store' | 'reports'>,
  ruleIds: readonly string[],
): Promise<RuleHitsDto[]> {
  const sums = new Map<string, RuleHitsDto>();
  const wanted = new Set(ruleIds);
  const stored = await new TopologyReader(store).list('hostRuleHits');
  for (const { hits } of reports?.over('hostRuleHits', stored) ?? stored) {
    for (const { ruleId, packets, bytes } of hits) {
      if (!wanted.has(ruleId)) continue;
      const sum = sums.get(ruleId) ?? { ruleId, packets: 0, bytes: 0, hosts: 0 };
      sum.packets += packets;
      sum.bytes += bytes;
      sum.hosts++;
      sums.set(ruleId, sum);
    }
  }
  return ruleIds.map((id) => sums.get(id)).filter((sum) => sum !== undefined);
}
