export type ListenAddress = { readonly host: string; readonly port: number };

/** `10.0.0.1:8181`, `[::1]:8181`, `:8181` (every address); undefined for anything else. */
export function listenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) return undefined;
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '::' : host, port };
}
