import type { HostId } from './ids.ts';

/** Settings as they are stored: HOCON without its notation, which is JSON. */
export type ConfValue = string | number | boolean | null | readonly ConfValue[] | ConfTree;
export type ConfTree = { readonly [name: string]: ConfValue };

/** Central settings of one host, known by its id: the host may come later. */
export type ConfNode = { readonly kind: 'confNode'; readonly hostId: HostId; readonly values: ConfTree };

/** Central settings of every host that a mapping gives it to; those of `default` are every host's. */
export type ConfTemplate = { readonly kind: 'confTemplate'; readonly name: string; readonly values: ConfTree };

/** The template of a host. There need not be one of that name: it is as an empty one then. */
export type ConfMapping = { readonly kind: 'confMapping'; readonly hostId: HostId; readonly template: string };

/** The template of every host, beneath its own. */
export const DEFAULT_TEMPLATE = 'default';

/** What can be a segment of a key and of an address as it is. */
export function isTemplateName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(text);
}
