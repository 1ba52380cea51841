import { tenantToDto, type TenantDto } from '@midonet/contract';
import { deleteRecord, putRecord, unchanged } from '../access/access-store.ts';
import { tenantOfIdentity } from '../access/identity.ts';
import { TENANT_KINDS } from '../access/ownership.ts';
import type { IncomingHttpHeaders } from 'node:http';
import type { RecordOf } from '../access/records.ts';
import type { Caller, Group } from '../http/handlers.ts';
import { notFound, Refusal } from '../http/problem.ts';
import type { Services } from './services.ts';

type Tenant = RecordOf<'tenant'>;
type Asked = { readonly caller: Caller; readonly headers: IncomingHttpHeaders };

export function tenantHandlers({ reader, access, authenticator }: Services): Group<'tenants'> {
  const owners = async (): Promise<Set<string>> => {
    const owned = (await Promise.all(TENANT_KINDS.map((kind) => reader.list(kind)))).flat();
    return new Set(owned.map(({ tenantId }) => tenantId).filter((id) => id !== ''));
  };
  const all = async ({ caller, headers }: Asked): Promise<Map<string, Tenant | undefined>> => {
    const { identity, reach } = caller;
    const own = tenantOfIdentity(identity);
    const found = new Map<string, Tenant | undefined>();
    for (const id of await owners()) found.set(id, undefined);
    if (own !== undefined) found.set(own, undefined);
    for (const [id, name] of await authenticator.tenantNames(headers, identity)) {
      if (reach === 'all' || id === own) found.set(id, { id, name, description: null, enabled: true });
    }
    for (const tenant of await access.list('tenant')) {
      if (reach === 'all' || tenant.id === own) found.set(tenant.id, tenant);
    }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return {
    list: async ({ base, ...asked }) => Array.from(await all(asked), ([id, tenant]) => tenantToDto(id, tenant, base)),
    get: async ({ params, base, ...asked }) => {
      const found = await all(asked);
      if (!found.has(params.id)) throw notFound('tenant', params.id);
      return tenantToDto(params.id, found.get(params.id), base);
    },
    create: async ({ body, base, author }) => {
      const { id } = body;
      const tenant: Tenant = {
        id,
        name: body.name ?? id,
        description: body.description ?? null,
        enabled: body.enabled ?? true,
      };
      await access.change(author, id, async () => {
        if ((await access.get('tenant', id)) !== undefined) throw new Refusal(409, `id: tenant ${id} exists already`);
        return { writes: [putRecord('tenant', tenant)], conditions: [unchanged('tenant', id, 0)] };
      });
      return tenantToDto(id, tenant, base);
    },
    update: async ({ params: { id }, body, base, author, ...asked }): Promise<TenantDto> => {
      const known = await all(asked);
      if (!known.has(id)) throw notFound('tenant', id);
      let after: Tenant | undefined;
      await access.change(author, id, async () => {
        const stored = await access.get('tenant', id);
        const old = stored?.record ?? known.get(id) ?? { id, name: id, description: null, enabled: true };
        const { name, description, enabled } = body;
        after = {
          id,
          name: name ?? old.name,
          description: description ?? old.description,
          enabled: enabled ?? old.enabled,
        };
        return { writes: [putRecord('tenant', after)], conditions: [unchanged('tenant', id, stored?.modified ?? 0)] };
      });
      return tenantToDto(id, after, base);
    },
    remove: async ({ params: { id }, author }) => {
      await access.change(author, id, async () => {
        const stored = await access.get('tenant', id);
        const owns = (await owners()).has(id);
        if (stored === undefined && !owns) throw notFound('tenant', id);
        if (owns) throw new Refusal(409, `tenant ${id} still owns networks: delete these first`);
        const people = (await access.list('user')).filter(({ tenantId }) => tenantId === id);
        if (people.length > 0) throw new Refusal(409, `tenant ${id} has ${people.length} users: delete these first`);
        const writes = [deleteRecord('tenant', id), deleteRecord('quota', id), deleteRecord('usage', id)];
        return { writes, conditions: [unchanged('tenant', id, stored?.modified ?? 0)] };
      });
      return undefined;
    },
  };
}
