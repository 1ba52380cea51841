import type { BridgeId, PortId, RouterId, TraceRequestId } from '@midonet/topology';
import { udpFrame } from '../frames.ts';
import type { RuleText } from '../rule-literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway } = TENANT;
type Hook = keyof Parameters<VirtualNetwork['filter']>[1];

/** A chain on a hook of a named object, whose rules may trace for a request that matches nothing itself. */
function on(name: string, hook: Hook, rules: (request: TraceRequestId) => readonly RuleText[]): () => VirtualNetwork {
  return () => {
    const net = tenantNetwork();
    const request = net.trace('slow', net.idOf('tenant') as RouterId, { invert: true });
    const chain = net.chain('chain', ...rules(request));
    net.filter(net.idOf(name) as PortId | BridgeId | RouterId, { [hook]: chain });
    return net;
  };
}

const toDb = (port: number) =>
  ({ port: 'web1', frame: udpFrame(web1, webGateway.mac, db1.ip, { ports: [1000, port] }) }) as const;
const routed = 'forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1';

export const TRACE_RULES: readonly Scenario[] = [
  {
    name: 'a rule that traces marks what it applies to, and the next rule decides',
    network: on('tenant', 'forwardChainId', (to) => [
      { do: 'trace', to, nwProto: 17, tpDst: 53 },
      { do: 'accept', nwProto: 17, tpDst: [53, 54] },
      { do: 'drop' },
    ]),
    steps: [
      { title: 'traced, and let through', ...toDb(53), expect: [routed, 'traced for slow: forward'] },
      { title: 'not traced', ...toDb(54), expect: [routed] },
      { title: 'dropped untraced', ...toDb(55), expect: ['drop chainDrop by rule chain:3'] },
    ],
  },
  {
    name: 'what is dropped behind a rule that traces was traced',
    network: on('web1', 'inboundFilterId', (to) => [{ do: 'trace', to }, { do: 'drop' }]),
    steps: [{ title: 'dropped', ...toDb(53), expect: ['drop chainDrop by rule chain:2', 'traced for slow: forward'] }],
  },
  {
    name: 'in front of a rule that traces nothing is traced, nor for a request that is not enabled',
    network: on('web', 'inboundFilterId', (to) => [
      { do: 'accept', tpDst: 53, nwProto: 17 },
      { do: 'trace', to, tpDst: [53, 54], nwProto: 17 },
      { do: 'trace', to, off: true },
    ]),
    steps: [
      { title: 'decided before', ...toDb(53), expect: [routed] },
      { title: 'traced', ...toDb(54), expect: [routed, 'traced for slow: forward'] },
      {
        title: 'not enabled',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { ports: [1000, 80] }),
        expect: ['forward: emit web2'],
      },
    ],
  },
];
