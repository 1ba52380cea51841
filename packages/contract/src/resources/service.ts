import { z } from 'zod';
import { link, type Base } from '../links.ts';

/** The state of the controller as a whole. `information` must be present, null included. */
export const systemStateDto = z.object({
  uri: z.string(),
  state: z.string(),
  availability: z.string(),
  version: z.string().nullable(),
  information: z.string().nullable(),
});
export type SystemStateDto = z.output<typeof systemStateDto>;

export function systemState(version: string, base: Base): SystemStateDto {
  const uri = link(base, 'system_state');
  return { uri, state: 'ACTIVE', availability: 'READWRITE', version, information: null };
}

/** A tenant is whoever owns something, and whoever was created. */
export const tenantDto = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  enabled: z.boolean(),
  bridges: z.string(),
  routers: z.string(),
  chains: z.string(),
  portGroups: z.string(),
});
export type TenantDto = z.output<typeof tenantDto>;

/** `known` is what was said when it was created; nothing for one that only owns things. */
export type KnownTenant = { readonly name: string; readonly description: string | null; readonly enabled: boolean };

export function tenantToDto(id: string, known: KnownTenant | undefined, base: Base): TenantDto {
  const of = (path: string) => `${link(base, path)}?tenant_id=${encodeURIComponent(id)}`;
  return {
    id,
    uri: link(base, 'tenants', id),
    name: known?.name ?? id,
    description: known?.description ?? null,
    enabled: known?.enabled ?? true,
    bridges: of('bridges'),
    routers: of('routers'),
    chains: of('chains'),
    portGroups: of('port_groups'),
  };
}

/** The body of a login is empty or `{}`; the credentials are in the Authorization header. */
export const loginInput = z.unknown();
/** Existing clients take the token from the Set-Cookie header and do not read this. */
export const tokenDto = z.object({ key: z.string(), expires: z.string() });
export type TokenDto = z.output<typeof tokenDto>;
