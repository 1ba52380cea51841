import type { NameResolver } from '../rules/rule-body.ts';
import type { LiveTopology } from './live-topology.ts';

/** Ids of what conditions in a file name: what is there, or what the file makes. */
export function liveNames(live: LiveTopology): NameResolver {
  const named = (find: (text: string) => string) => (text: string) =>
    new Promise<string>((resolve) => {
      resolve(find(text));
    });
  return {
    port: named((text) => live.portId(text)),
    portGroup: named((text) => live.named('port group', text)),
    ipAddrGroup: named((text) => live.named('IP address group', text)),
    chain: named((text) => live.named('chain', text)),
    traceRequest: named((text) => live.named('trace request', text)),
    device: named((text) => (text.includes('/') ? live.portId(text) : live.deviceId(text))),
  };
}
