import { listenAddress, type ListenAddress } from '@midonet/contract';
import type { InstanceServiceSettings } from '../instance/instance-services.ts';
import { hostResolvers, resolversOf, type HostInstanceSettings } from '../instance/instance-settings.ts';
import type { Logger } from '../logger.ts';
import type { CentralSettings } from './central-settings.ts';

/** What a process gives an agent, and can give otherwise while it runs. */
export type HostFacilities = {
  /** Undefined: who embeds the agent decides. */
  readonly setLogLevel?: ((level: string) => void) | undefined;
  readonly setInstanceServices: (settings: InstanceServiceSettings) => void;
  readonly setMetrics: (address: ListenAddress | undefined) => void;
  /** What the host itself says, and the secret that a metadata service is told by. */
  readonly instance: HostInstanceSettings;
  readonly logger: Logger;
};

/** Has the process around an agent do as the controllers say, where its host says nothing itself. */
export function followOnHost(central: CentralSettings, facilities: HostFacilities): void {
  const { setLogLevel, setInstanceServices, setMetrics, instance, logger } = facilities;
  central.follow(['agent.loggers.root'], () => setLogLevel?.(String(central.get('agent.loggers.root')).toLowerCase()));
  central.follow(['agent.metrics.listen'], () =>
    setMetrics(listenAddress(String(central.get('agent.metrics.listen')))),
  );
  const [enabledKey, urlKey] = [
    'agent.openstack.metadata.enabled',
    'agent.openstack.metadata.nova_metadata_url',
  ] as const;
  central.follow([enabledKey, urlKey, 'agent.dns.resolvers'], () => {
    const [enabled, url, names] = [central.get(enabledKey), central.get(urlKey), central.get('agent.dns.resolvers')];
    // The host says it itself: its own stays.
    if (url === undefined) {
      setInstanceServices({ ...instance, resolvers: resolversFor(names) });
      return;
    }
    const wanted = enabled === true && url !== '';
    if (wanted && instance.secret === undefined) {
      logger.warn({ url }, `${urlKey} needs --metadata-secret-file on this host: instances get no metadata`);
    }
    const metadata =
      wanted && instance.secret !== undefined ? { url: new URL(String(url)), secret: instance.secret } : undefined;
    setInstanceServices({ metadata, resolvers: resolversFor(names) });
  });

  function resolversFor(names: unknown): InstanceServiceSettings['resolvers'] {
    if (!Array.isArray(names)) return instance.resolvers;
    return names.length === 0 ? hostResolvers() : resolversOf(names.map(String));
  }
}
