import type { Rewrite } from './actions.ts';
import {
  decTtl,
  emptyPlaces,
  placesOf,
  popVlan,
  pushVlan,
  setEthDst,
  setEthSrc,
  setIcmpId,
  setIpDst,
  setIpSrc,
  setIpTos,
  setL4Dst,
  setL4Src,
} from '@midonet/packet';

/** Owned by applyRewrite(), which fills it anew on each call. */
const $workPlaces = emptyPlaces();

/**
 * Applies one change and answers the frame that has it: `frame` itself changed in place, or a new
 * one when the size changes. A field the frame does not have is left alone.
 */
export function applyRewrite(frame: Uint8Array, change: Rewrite): Uint8Array {
  switch (change.kind) {
    case 'pushVlan':
      return pushVlan(frame, change.tci);
    case 'popVlan':
      return popVlan(frame);
    case 'decTtl':
      decTtl(frame, placesOf(frame, $workPlaces), change.by);
      return frame;
    case 'set':
      setOne(frame, change);
      return frame;
    default:
      return change satisfies never;
  }
}

function setOne(frame: Uint8Array, change: Extract<Rewrite, { kind: 'set' }>): boolean {
  switch (change.field) {
    case 'ethSrc':
      return setEthSrc(frame, change.value);
    case 'ethDst':
      return setEthDst(frame, change.value);
    case 'ipSrc':
      return setIpSrc(frame, placesOf(frame, $workPlaces), change.value);
    case 'ipDst':
      return setIpDst(frame, placesOf(frame, $workPlaces), change.value);
    case 'ipTos':
      return setIpTos(frame, placesOf(frame, $workPlaces), change.value);
    case 'l4Src':
      return setL4Src(frame, placesOf(frame, $workPlaces), change.value);
    case 'l4Dst':
      return setL4Dst(frame, placesOf(frame, $workPlaces), change.value);
    case 'icmpId':
      return setIcmpId(frame, placesOf(frame, $workPlaces), change.value);
    default:
      return change satisfies never;
  }
}
