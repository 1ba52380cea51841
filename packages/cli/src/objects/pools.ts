import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { idNames } from './id-names.ts';

/** `none` is null: it ends the checks. Absent changes nothing. */
async function monitorOf(session: Session, text: string | undefined): Promise<string | null | undefined> {
  if (text === undefined) return undefined;
  return text === 'none' ? null : (await session.directory.healthMonitor(text)).id;
}

export function addPools(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'pool <balancer> <name>',
    summary: 'create a pool of servers of a load balancer',
    options: [
      ['--protocol <protocol>', 'tcp or udp, tcp by default'],
      ['--health <monitor>', 'the health monitor that asks its members'],
      ['--down', 'administratively down'],
    ],
    examples: ['midonet create pool edge web --health http-check'],
    act: async (session, [balancer = '', name = ''], options) => {
      const { id } = await session.directory.loadBalancer(balancer);
      const body = {
        name,
        protocol: options.text('protocol'),
        healthMonitorId: await monitorOf(session, options.text('health')),
        adminStateUp: !options.flag('down'),
      };
      session.show(await session.client.loadBalancers.createPool({ id, body }), (one) => one.id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'pools',
    summary: 'list pools',
    options: [['--balancer <balancer>', 'only of this load balancer']],
    act: async (session, _words, options) => {
      const text = options.text('balancer');
      const of = text === undefined ? undefined : (await session.directory.loadBalancer(text)).id;
      const found = (await session.client.pools.list()).filter((one) => of === undefined || one.loadBalancerId === of);
      const names = await idNames(session);
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'BALANCER', 'PROTOCOL', 'STATE', 'HEALTH', 'MEMBERS', 'VIPS'],
          found.map((one) => [
            session.idText(one.id),
            one.name ?? '',
            names(one.loadBalancerId),
            one.protocol.toLowerCase(),
            one.adminStateUp ? 'up' : 'down',
            one.healthMonitorId === null ? '' : names(one.healthMonitorId),
            String(one.poolMemberIds.length),
            one.vipIds.map(names).join(' '),
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'pool <pool>',
    summary: 'show a pool',
    act: async (session, [text = '']) => {
      session.show(await session.directory.pool(text), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'pool <pool>',
    summary: 'change a pool',
    options: [
      ['--name <name>', 'a new name'],
      ['--protocol <protocol>', 'tcp or udp'],
      ['--health <monitor>', 'the health monitor that asks its members; none ends the checks'],
      ['--up', 'administratively up'],
      ['--down', 'administratively down'],
    ],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.pool(text);
      const body = {
        name: options.text('name'),
        protocol: options.text('protocol'),
        healthMonitorId: await monitorOf(session, options.text('health')),
        adminStateUp: options.adminState(),
      };
      session.show(await change(session.client.pools, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'pool <pools...>',
    summary: 'delete pools with their members and VIPs',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.pool(text)));
      for (const { id } of found) await session.client.pools.remove({ id });
    },
  });
}
