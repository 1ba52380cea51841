import type { ConfKey } from '@midonet/contract';
import type { Learner } from '../learning/learner.ts';
import type { NeighbourResolver } from '../neighbours/neighbour-resolver.ts';
import type { RuleLog } from '../rule-log/rule-log.ts';
import type { CentralSettings } from './central-settings.ts';

export type Governed = {
  readonly learner: Pick<Learner, 'unusedMacMs'>;
  readonly resolver: Pick<NeighbourResolver, 'ages'>;
  readonly ruleLog: Pick<RuleLog, 'bound'>;
};

/** What of an agent does as the controllers say, beside what its host gives it. */
export function followSettings(central: CentralSettings, { learner, resolver, ruleLog }: Governed): void {
  const number = (key: ConfKey): number => Number(central.get(key));
  central.follow(['agent.bridge.mac_port_mapping_expire'], () => {
    learner.unusedMacMs = number('agent.bridge.mac_port_mapping_expire');
  });
  central.follow(['agent.arptable.arp_stale', 'agent.arptable.arp_expiration'], () => {
    const [staleMs, expiredMs] = [number('agent.arptable.arp_stale'), number('agent.arptable.arp_expiration')];
    resolver.ages = { staleMs, expiredMs };
  });
  central.follow(['agent.rule_logging.max_files', 'agent.rule_logging.max_file_size'], () => {
    const kept = number('agent.rule_logging.max_files');
    ruleLog.bound({ kept, maxBytes: number('agent.rule_logging.max_file_size') });
  });
}
