import type { RuleCondition } from './filter-entities.ts';
import type { MirrorId, PortId } from './ids.ts';

/** Copies the packets it is shown, wherever it is attached, to one port. */
export type Mirror = {
  readonly kind: 'mirror';
  readonly id: MirrorId;
  readonly name: string;
  /** The exterior port that gets the copies. A mirror belongs to whom this port belongs to, and goes with it. */
  readonly toPortId: PortId;
  /** One of these must hold; none: nothing is copied. */
  readonly conditions: readonly RuleCondition[];
};

/** What a device or port shows its packets to: before its inbound filter, and behind its outbound one. */
export type Mirrored = {
  readonly inboundMirrorIds?: readonly MirrorId[] | undefined;
  readonly outboundMirrorIds?: readonly MirrorId[] | undefined;
};

/** Ports have a place on the other side of each filter too. */
export type PortMirrored = Mirrored & {
  readonly postInFilterMirrorIds?: readonly MirrorId[] | undefined;
  readonly preOutFilterMirrorIds?: readonly MirrorId[] | undefined;
};

/** Every place where mirrors are attached. */
export const MIRROR_PLACES = [
  ...(['inboundMirrorIds', 'outboundMirrorIds', 'postInFilterMirrorIds', 'preOutFilterMirrorIds'] as const),
] as const;
export type MirrorPlace = (typeof MIRROR_PLACES)[number];
