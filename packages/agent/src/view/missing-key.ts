import type { FragmentKey, Missing } from '@midonet/flow';
import { formatIp, type IpAddress } from '@midonet/packet';
import { neighbourKey } from './neighbour-tables.ts';

/** One text for each thing a packet can wait for. */
export function missingKey(missing: Missing): string {
  switch (missing.kind) {
    case 'port':
    case 'bridge':
    case 'router':
    case 'chain':
    case 'portGroup':
    case 'ipAddrGroup':
    case 'balancer':
    case 'qosPolicy':
    case 'mirror':
      return `${missing.kind} ${missing.id}`;
    case 'macTable':
      return `macTable ${missing.bridgeId}`;
    case 'neighbourTable':
      return `neighbourTable ${missing.routerId}`;
    case 'neighbour':
      return `neighbour ${neighbourKey(missing.routerId, missing.portId, missing.ip)}`;
    case 'natPorts':
      return natPortsKey(missing.deviceId, missing.address);
    case 'fragment':
      return fragmentText(missing.fragment);
  }
}

export function natPortsKey(deviceId: string, address: IpAddress): string {
  return `natPorts ${deviceId} ${formatIp(address)}`;
}

export function fragmentText({ device, proto, src, dst, id }: FragmentKey): string {
  return `fragment ${device} ${proto} ${src} ${dst} ${id}`;
}
