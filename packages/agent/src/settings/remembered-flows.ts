import { confValue, layeredConf } from '@midonet/contract';
import { DEFAULT_TEMPLATE, decodeKeyed, isDecodeFailure, type ConfTree } from '@midonet/topology';
import type { Remembered } from '../view/memory-file.ts';

/**
 * How many flows the controllers last said that this host has at most: the table is made before one of
 * them is there. Undefined: none said anything.
 */
export function rememberedFlows(remembered: Remembered | undefined): number | undefined {
  const items = remembered?.topics.find(({ topic }) => topic.kind === 'conf')?.items ?? [];
  const sources: { own?: ConfTree; mapped?: ConfTree; shared?: ConfTree } = {};
  for (const { key, value } of items) {
    const item = decodeKeyed(key, value);
    if (isDecodeFailure(item)) continue;
    if (item.kind === 'confNode') sources.own = item.values;
    if (item.kind === 'confTemplate') sources[item.name === DEFAULT_TEMPLATE ? 'shared' : 'mapped'] = item.values;
  }
  const settings = layeredConf([sources.own, sources.mapped, sources.shared]);
  const flows = confValue(settings, 'agent.datapath.max_flow_count');
  return typeof flows === 'number' ? flows : undefined;
}
