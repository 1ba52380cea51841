export const DEVICE_KINDS = ['bridge', 'router'] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** `bridge:net/web` is about bridges alone; `net/web` about whichever of the two is called net. */
export function splitKind(text: string): { readonly kind: DeviceKind | undefined; readonly rest: string } {
  const kind = DEVICE_KINDS.find((one) => text.startsWith(`${one}:`));
  return kind === undefined ? { kind, rest: text } : { kind, rest: text.slice(kind.length + 1) };
}
