import type { Mac } from '@midonet/packet';
import type { BridgeId, L2InsertionId, PortId } from './ids.ts';

/**
 * A service on the wire of a machine: unicast frames from or to `mac` at a port go out by the service
 * port, and go on when they come back there.
 */
export type L2Insertion = {
  readonly kind: 'l2Insertion';
  readonly id: L2InsertionId;
  /** Where the machine is. */
  readonly portId: PortId;
  readonly bridgeId: BridgeId;
  /** Where the service is; on any bridge. */
  readonly srvPortId: PortId;
  readonly srvBridgeId: BridgeId;
  /** Tag of the frames at the service port; 0: they go there as they are. */
  readonly vlan: number;
  /** The services of a MAC lie on its wire in this order, the lowest next to the machine. */
  readonly position: number;
  /** A service port that is down is passed by; otherwise it ends what would go there. */
  readonly failOpen: boolean;
  readonly mac: Mac;
};
