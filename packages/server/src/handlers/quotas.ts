import { DEFAULT_QUOTA, QUOTA_KINDS, quotaToDto, tenantIdField, type Base, type QuotaDto } from '@midonet/contract';
import { deleteRecord, putRecord, unchanged } from '../access/access-store.ts';
import { tenantOfIdentity } from '../access/identity.ts';
import type { Caller, Group } from '../http/handlers.ts';
import { notFound } from '../http/problem.ts';
import { noCounts, noLimits } from '../quota/quota-book.ts';
import type { Services } from './services.ts';

export function quotaHandlers({ access, quotas }: Services): Group<'quotas'> {
  const show = async (tenantId: string, base: Base): Promise<QuotaDto> => {
    const { limits, own } = await quotas.limitsOf(tenantId);
    const used = tenantId === DEFAULT_QUOTA ? noCounts() : await quotas.used(tenantId);
    return quotaToDto({ tenantId, own, limits, used }, base);
  };
  const reaches = ({ identity, reach }: Caller, tenantId: string) =>
    reach === 'all' || tenantId === tenantOfIdentity(identity);
  const checked = (caller: Caller, text: string): string => {
    if (!tenantIdField.safeParse(text).success || !reaches(caller, text)) throw notFound('tenant', text);
    return text;
  };
  return {
    list: async ({ base, caller }) => {
      const set = (await access.list('quota')).map(({ tenantId }) => tenantId);
      const own = tenantOfIdentity(caller.identity);
      const ids = new Set(own === undefined ? set : [own]);
      return Promise.all([...ids].map((id) => show(id, base)));
    },
    get: ({ params, base, caller }) => show(checked(caller, params.tenantId), base),
    update: async ({ params, body, base, author, caller }) => {
      const tenantId = checked(caller, params.tenantId);
      await access.change(author, tenantId, async () => {
        const stored = await access.get('quota', tenantId);
        const limits = stored?.record.limits ?? noLimits();
        const changes = QUOTA_KINDS.map(
          (kind) => [kind, body[kind] === undefined ? limits[kind] : body[kind]] as const,
        );
        const record = { tenantId, limits: { ...limits, ...Object.fromEntries(changes) } };
        return {
          writes: [putRecord('quota', record)],
          conditions: [unchanged('quota', tenantId, stored?.modified ?? 0)],
        };
      });
      return show(tenantId, base);
    },
    remove: async ({ params, author, caller }) => {
      const tenantId = checked(caller, params.tenantId);
      await access.change(author, tenantId, async () => {
        if ((await access.get('quota', tenantId)) === undefined) throw notFound('quota of', tenantId);
        return { writes: [deleteRecord('quota', tenantId)], conditions: [] };
      });
      return undefined;
    },
  };
}
