import { QUOTA_KINDS, type QuotaDto, type QuotaKind } from '@midonet/contract';
import type { Command } from 'commander';
import { numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import { change } from '../objects/change.ts';
import { table } from '../output/table.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand, type Options } from '../verbs.ts';
import { tenantId } from './tenant-reference.ts';

const flagOf = (kind: QuotaKind): string => `--${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export function addQuota(program: Command, surroundings: Surroundings): void {
  const quota = program.command('quota').summary('limits of tenants').description('What tenants may have at most.');
  addCommand(quota, surroundings, {
    usage: 'show [tenant]',
    summary: "show a tenant's limits and use; your own tenant by default",
    examples: ['midonet quota show acme', 'midonet quota show'],
    act: async (session, [tenant]) => {
      session.show(
        await session.client.quotas.get({
          tenantId: await (tenant === undefined ? ownTenant(session) : owner(session, tenant)),
        }),
        render(session),
      );
    },
  });
  addCommand(quota, surroundings, {
    usage: 'list',
    summary: 'list the limits of all that have some, and the default',
    examples: ['midonet quota list'],
    act: async (session) => {
      const found = await session.client.quotas.list();
      session.show(found, () =>
        table(
          ['TENANT', 'LIMITS'],
          found.map(({ tenantId: id, limits }) => [id, limitsText(limits)]),
          session.width,
        ),
      );
    },
  });
  addCommand(quota, surroundings, {
    usage: 'set <tenant>',
    summary: 'set limits of a tenant, or of all that have none of their own: default',
    options: QUOTA_KINDS.map((kind) => [`${flagOf(kind)} <number>`, 'at most; none takes the limit away'] as const),
    examples: ['midonet quota set acme --ports 100 --bridges 10', 'midonet quota set default --routers none'],
    act: async (session, [tenant = ''], options) => {
      const body = limitsOf(options);
      if (Object.keys(body).length === 0)
        throw usageError(`nothing to set; give ${QUOTA_KINDS.map(flagOf).join(', ')}`);
      const path = { tenantId: await owner(session, tenant) };
      session.show(await change(session.client.quotas, path, body), render(session));
    },
  });
  addCommand(quota, surroundings, {
    usage: 'reset <tenant>',
    summary: 'let a tenant have the default limits again',
    examples: ['midonet quota reset acme'],
    act: async (session, [tenant = '']) => {
      const tenantId = await owner(session, tenant);
      await session.client.quotas.remove({ tenantId });
      if (session.flags.json === true) session.show(await session.client.quotas.get({ tenantId }), () => '');
    },
  });
}

/** `default` stands for those that have no limits of their own. */
async function owner(session: Session, text: string): Promise<string> {
  return text === 'default' ? text : tenantId(session, text);
}

async function ownTenant(session: Session): Promise<string> {
  const { tenantId: own } = await session.client.whoami.get();
  if (own === null) throw usageError('say which tenant: midonet quota show <tenant>');
  return own;
}

function limitsOf(options: Options): { [K in QuotaKind]?: number | null } {
  const limits: { [K in QuotaKind]?: number | null } = {};
  for (const kind of QUOTA_KINDS) {
    const text = options.text(kind);
    if (text === undefined) continue;
    limits[kind] = text === 'none' ? null : numberArgument(flagOf(kind), text, 0, 1_000_000_000);
  }
  return limits;
}

function limitsText(limits: QuotaDto['limits']): string {
  const set = QUOTA_KINDS.flatMap((kind) => (limits[kind] === null ? [] : [`${kind} ${limits[kind]}`]));
  return set.length === 0 ? 'none' : set.join(', ');
}

function render(session: Session): (quota: QuotaDto) => string {
  return ({ limits, used }) =>
    table(
      ['WHAT', 'USED', 'LIMIT'],
      QUOTA_KINDS.map((kind) => [kind, String(used[kind]), String(limits[kind] ?? 'none')]),
      session.width,
    );
}
