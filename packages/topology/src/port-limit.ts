/**
 * Bytes of IP packet that reach a port, as `StateView.portLimit` has them: `mtu` is what its host says that the
 * interface takes, and a port that is far is reached through a tunnel.
 */
export function portLimit(
  { mtu, isFar }: { readonly mtu: number | undefined; readonly isFar: boolean },
  overlayMtu: number,
): number | undefined {
  if (isFar) return Math.min(mtu ?? overlayMtu, overlayMtu);
  return mtu !== undefined && mtu < overlayMtu ? mtu : undefined;
}
