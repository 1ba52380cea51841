import type { RuleCondition } from './filter-entities.ts';
import type { BridgeId, PortId, RouterId, TraceRequestId } from './ids.ts';

/** Whose packets are traced. A port's request is kept with the bridge or router that has the port. */
export type TracedDevice =
  | { readonly type: 'bridge'; readonly id: BridgeId }
  | { readonly type: 'router'; readonly id: RouterId }
  | { readonly type: 'port'; readonly id: PortId; readonly of: PortOwner };

export type PortOwner =
  | { readonly type: 'bridge'; readonly id: BridgeId }
  | { readonly type: 'router'; readonly id: RouterId };

/** Packets that meet a device and fulfil a condition are written down, step by step, wherever they go. */
export type TraceRequest = {
  readonly kind: 'traceRequest';
  readonly id: TraceRequestId;
  readonly name: string;
  readonly device: TracedDevice;
  /** One way round or the other: answers are traced with what they answer. */
  readonly condition: RuleCondition;
  /** Packets that one host writes down. */
  readonly limit: number;
  readonly enabled: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** When it was last enabled: from then on it traces, for TRACE_LIFETIME_MS. */
  readonly enabledAt: number;
};

/** Packets that one host writes down for a request, at most and when nothing is said. */
export const MAX_TRACED_PACKETS = 1000;
export const DEFAULT_TRACED_PACKETS = 100;
/** A request that somebody forgot ends by itself; enabling it again starts it again. */
export const TRACE_LIFETIME_MS = 3_600_000;
/** At one device or port. Each costs every packet there that is not known yet a look. */
export const MAX_TRACES_PER_DEVICE = 8;

/** The bridge or router whose topic brings the request. */
export function ownerOf(device: TracedDevice): PortOwner {
  return device.type === 'port' ? device.of : device;
}
