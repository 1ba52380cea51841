import type { PoolDto, PoolMemberDto, RouterDto, VipDto } from '@midonet/contract';
import { tenantOf } from '../access/tenant-reference.ts';
import { conflict } from '../cli-error.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { nameOf, shortId } from './directory.ts';
import { idNames } from './id-names.ts';
import { placeText } from './place-text.ts';

export function addLoadBalancers(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'load-balancer',
    summary: 'create a load balancer; it has the name of its router',
    options: [
      ['--router <router>', 'where it works'],
      ['--tenant <tenant>', 'who owns it; the owner of the router by default'],
      ['--down', 'administratively down'],
    ],
    examples: ['midonet create load-balancer --router edge'],
    act: async (session, _words, options) => {
      const text = options.text('router');
      const router = text === undefined ? undefined : await freeRouter(session, text);
      const tenantId = (await tenantOf(session, options)) ?? router?.tenantId;
      const made = await session.client.loadBalancers.create({
        body: { tenantId, adminStateUp: !options.flag('down') },
      });
      if (router !== undefined) {
        await change(session.client.routers, { id: router.id }, { loadBalancerId: made.id });
      }
      session.show(made, ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'load-balancers',
    summary: 'list load balancers',
    act: async (session) => {
      const found = await session.directory.loadBalancers();
      session.show(found, () =>
        table(
          ['ID', 'ROUTER', 'STATE', 'POOLS'],
          found.map((one) => [
            session.idText(one.id),
            one.name,
            one.adminStateUp ? 'up' : 'down',
            String(one.poolIds.length),
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'load-balancer <balancer>',
    summary: 'show a load balancer with its VIPs, pools and members',
    examples: ['midonet show load-balancer edge'],
    act: async (session, [text = '']) => {
      const { name: _router, ...balancer } = await session.directory.loadBalancer(text);
      const { id } = balancer;
      const [pools, vips] = [
        await session.client.loadBalancers.pools({ id }),
        await session.client.loadBalancers.vips({ id }),
      ];
      const members = (await Promise.all(pools.map((pool) => session.client.pools.members({ id: pool.id })))).flat();
      const names = await idNames(session);
      session.show({ ...balancer, poolObjects: pools, vipObjects: vips, memberObjects: members }, () => {
        const { poolIds: _ids, ...rest } = balancer;
        return [session.fields(describe(rest)), ...pools.flatMap((pool) => poolLines(pool, vips, members, names))].join(
          '\n',
        );
      });
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'load-balancer <balancer>',
    summary: 'change a load balancer, or where it works',
    options: [
      ['--up', 'administratively up'],
      ['--down', 'administratively down: what it balances passes as if it were not there'],
      ['--router <router>', 'the router it works at from now on; none takes it off'],
    ],
    examples: ['midonet update load-balancer edge --down'],
    act: async (session, [text = ''], options) => {
      const { id, routerId } = await session.directory.loadBalancer(text);
      const wanted = options.text('router');
      if (wanted !== undefined) {
        const router = wanted === 'none' ? undefined : await freeRouter(session, wanted, id);
        if (routerId !== null && routerId !== router?.id) {
          await change(session.client.routers, { id: routerId }, { loadBalancerId: null });
        }
        if (router !== undefined) await change(session.client.routers, { id: router.id }, { loadBalancerId: id });
      }
      const body = { adminStateUp: options.adminState() };
      session.show(await change(session.client.loadBalancers, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'load-balancer <balancers...>',
    summary: 'delete load balancers with their pools, members and VIPs',
    examples: ['midonet delete load-balancer edge'],
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.loadBalancer(text)));
      for (const { id } of found) await session.client.loadBalancers.remove({ id });
    },
  });
}

/** A router that has no load balancer but `own`: setting one would push another off it. */
async function freeRouter(session: Session, text: string, own?: string): Promise<RouterDto> {
  const router = await session.directory.router(text);
  const has = router.loadBalancerId;
  if (has !== null && has !== own) throw conflict(`router ${text} has load balancer ${has} already`);
  return router;
}

function poolLines(
  pool: PoolDto,
  allVips: readonly VipDto[],
  allMembers: readonly PoolMemberDto[],
  names: (id: string) => string,
): string[] {
  const vips = allVips.filter(({ poolId }) => poolId === pool.id);
  const members = allMembers.filter(({ poolId }) => poolId === pool.id);
  const monitor = pool.healthMonitorId === null ? 'not checked' : `checked by ${names(pool.healthMonitorId)}`;
  const state = pool.adminStateUp ? '' : ', down';
  return [
    '',
    `pool ${nameOf(pool) || shortId(pool.id)}: ${pool.protocol.toLowerCase()}, ${monitor}${state}`,
    ...vips.map((vip) => `  VIP     ${placeText(vip)}${vipState(vip)}`),
    ...members.map((member) => `  member  ${placeText(member)}  weight ${member.weight}  ${memberState(member)}`),
  ];
}

function vipState(vip: VipDto): string {
  const name = nameOf(vip) === '' ? '' : `  ${nameOf(vip)}`;
  return `${name}${vip.sessionPersistence === null ? '' : '  sticky'}${vip.adminStateUp ? '' : '  down'}`;
}

/** A member that is down keeps its connections; one that does not answer loses them. */
export function memberState({ adminStateUp, status }: PoolMemberDto): string {
  if (!adminStateUp) return 'down';
  return status === 'ACTIVE' ? 'up' : 'no answer';
}
