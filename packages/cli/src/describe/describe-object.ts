import type { ChainDto, HostDto } from '@midonet/contract';
import { isReachable } from '../output/reachable.ts';
import { idNames } from '../objects/id-names.ts';
import type { KindWord } from '../objects/object-reference.ts';
import { effectText } from '../rules/rule-effect.ts';
import { conditionText } from '../rules/rule-text.ts';
import { findRule } from '../rules/rule-options.ts';
import { findRoute } from '../objects/routes.ts';
import type { Session } from '../session.ts';
import { balancerSections, poolsSections } from './balancer-sections.ts';
import { bridgeSections, portSection, portSections, routerSections } from './device-sections.ts';
import { rulesOf } from './filter-sections.ts';
import { shownBy } from './observer-sections.ts';
import { section, type Section } from './section.ts';

type Members = Readonly<Record<string, unknown>>;
export type Described = {
  readonly object: Members;
  /** What people are shown of it, where its own members are for programs. */
  readonly told?: Members;
  readonly sections: readonly Section[];
};

/** The object that is named, with everything that hangs on it. */
export async function describeObject(session: Session, kind: KindWord, text: string): Promise<Described> {
  const { client, directory } = session;
  switch (kind) {
    case 'bridge': {
      const object = await directory.bridge(text);
      return { object, sections: await bridgeSections(session, object) };
    }
    case 'router': {
      const object = await directory.router(text);
      return { object, sections: await routerSections(session, object) };
    }
    case 'port': {
      const object = await directory.port(text);
      return { object, sections: await portSections(session, object) };
    }
    case 'host': {
      const object = await directory.host(text);
      return { object, sections: await hostSections(session, object) };
    }
    case 'chain': {
      const object = await directory.chain(text);
      return { object, sections: await chainSections(session, object) };
    }
    case 'load-balancer': {
      const object = await directory.loadBalancer(text);
      return { object, sections: await balancerSections(session, object.id) };
    }
    case 'pool': {
      const object = await directory.pool(text);
      return { object, sections: await poolsSections(session, [object]) };
    }
    case 'pool-member': {
      const object = await directory.poolMember(text);
      return { object, sections: await poolsSections(session, [await client.pools.get({ id: object.poolId })]) };
    }
    case 'vip': {
      const object = await directory.vip(text);
      const pools = [await client.pools.get({ id: object.poolId })];
      return { object, sections: await poolsSections(session, pools) };
    }
    case 'health-monitor': {
      const object = await directory.healthMonitor(text);
      const pools = (await directory.pools()).filter(({ healthMonitorId }) => healthMonitorId === object.id);
      return { object, sections: await poolsSections(session, pools) };
    }
    case 'port-group': {
      const object = await directory.portGroup(text);
      const ports = (await directory.ports()).filter(({ id }) => object.portIds.includes(id));
      return { object, sections: [await portSection(session, 'ports', ports)] };
    }
    case 'ip-address-group': {
      const object = await directory.ipAddrGroup(text);
      const addresses = await client.ipAddrGroupAddrs.list({ id: object.id });
      return { object, sections: [section('addresses', ['ADDRESS'], addresses, ({ addr }) => [addr])] };
    }
    case 'tunnel-zone': {
      const object = await directory.tunnelZone(text);
      const members = await client.tunnelZoneHosts.list({ id: object.id });
      const names = await idNames(session);
      const row = (one: (typeof members)[number]): string[] => [names(one.hostId), one.ipAddress];
      return { object, sections: [section('hosts', ['HOST', 'ADDRESS'], members, row)] };
    }
    case 'qos-policy': {
      const object = await directory.qosPolicy(text);
      const ports = (await directory.ports()).filter(({ qosPolicyId }) => qosPolicyId === object.id);
      const bridges = (await directory.bridges()).filter(({ qosPolicyId }) => qosPolicyId === object.id);
      const rows = section('bridges', ['ID', 'NAME'], bridges, (one) => [session.idText(one.id), one.name ?? '']);
      return { object, sections: [await portSection(session, 'ports', ports), rows] };
    }
    case 'mirror': {
      const object = await directory.mirror(text);
      const ports = (await directory.ports()).filter(({ id }) => id === object.toPortId);
      const named = [...(await directory.ports()), ...(await directory.bridges()), ...(await directory.routers())];
      const users = shownBy(named).filter(({ mirrorId }) => mirrorId === object.id);
      const names = await idNames(session);
      const conditions = section('copies what is', ['WHEN'], object.conditions, (one) => [
        conditionText(one, names) || 'anything',
      ]);
      const shown = section('shown by', ['NAME', 'PLACE'], users, ({ of, place }) => [names(of), place]);
      const told = { id: object.id, name: object.name };
      return { object, told, sections: [await portSection(session, 'copies go to', ports), conditions, shown] };
    }
    case 'l2-insertion': {
      const object = await directory.l2Insertion(text);
      const ports = (await directory.ports()).filter(({ id }) => id === object.portId || id === object.srvPortId);
      return { object, sections: [await portSection(session, 'ports', ports)] };
    }
    case 'trace-request': {
      const object = await directory.traceRequest(text);
      const packets = await client.traceRequests.packets({ id: object.id });
      const names = await idNames(session);
      const row = (one: (typeof packets)[number]): string[] => [
        new Date(one.at).toISOString(),
        one.host,
        names(one.portId),
        one.verdict === 'forward' ? one.verdict : `${one.verdict} ${one.reason}`,
        one.packet,
      ];
      const when = conditionText(object.condition, names) || 'anything';
      return {
        object,
        told: { ...object, condition: null, when },
        sections: [section('packets', ['AT', 'HOST', 'IN BY', 'ENDED', 'PACKET'], packets, row)],
      };
    }
    case 'rule-logger':
      return { object: await directory.ruleLogger(text), sections: [] };
    case 'logging-resource': {
      const object = await directory.loggingResource(text);
      const loggers = (await directory.ruleLoggers()).filter(
        ({ loggingResourceId }) => loggingResourceId === object.id,
      );
      const names = await idNames(session);
      const row = (one: (typeof loggers)[number]): string[] => [one.name, names(one.chainId), one.event.toLowerCase()];
      return { object, sections: [section('loggers', ['NAME', 'CHAIN', 'LOGS'], loggers, row)] };
    }
    case 'rule': {
      const object = await findRule(session, text);
      const { id, chainId, position } = object;
      const names = await idNames(session);
      const hits = (await client.chains.ruleHits({ id: chainId })).filter(({ ruleId }) => ruleId === id);
      const row = ({ packets, bytes, hosts }: (typeof hits)[number]): string[] => [packets, bytes, hosts].map(String);
      return {
        object,
        told: {
          id,
          chain: names(chainId),
          position,
          action: effectText(object, names),
          when: conditionText(object, names),
        },
        sections: [section('applied to', ['PACKETS', 'BYTES', 'HOSTS'], hits, row)],
      };
    }
    case 'route':
      return { object: await findRoute(session, text), sections: [] };
  }
}

async function hostSections(session: Session, host: HostDto): Promise<Section[]> {
  const { client, directory } = session;
  const interfaces = await client.hostInterfaces.list({ id: host.id });
  const bound = (await directory.ports()).filter(({ hostId }) => hostId === host.id);
  const zones = await Promise.all(
    (await directory.tunnelZones()).map(async (zone) => {
      const members = await client.tunnelZoneHosts.list({ id: zone.id });
      return members.filter(({ hostId }) => hostId === host.id).map((one) => ({ ...one, zone: zone.name }));
    }),
  );
  const drops = await client.drops.list({ query: { host_id: host.id } });
  return [
    await portSection(session, 'ports', bound),
    section('tunnel zones', ['ZONE', 'ADDRESS'], zones.flat(), ({ zone, ipAddress }) => [zone, ipAddress]),
    section('interfaces', ['NAME', 'MAC', 'MTU', 'STATE', 'ADDRESSES'], interfaces, (one) => [
      one.name,
      one.mac ?? '',
      String(one.mtu),
      one.up ? (one.hasLink ? 'up' : 'no link') : 'down',
      one.addresses.filter(isReachable).join(' '),
    ]),
    section('drops', ['REASON', 'PACKETS'], drops, (one) => [one.reason, String(one.packets)]),
  ];
}

async function chainSections(session: Session, chain: ChainDto): Promise<Section[]> {
  const names = await idNames(session);
  const rules = await rulesOf(session, new Set([chain.id]));
  const loggers = (await session.directory.ruleLoggers()).filter(({ chainId }) => chainId === chain.id);
  const all = [...(await session.directory.bridges()), ...(await session.directory.routers())];
  const groups = await session.directory.ipAddrGroups();
  const users = [...all, ...(await session.directory.ports()), ...groups].flatMap((one) =>
    Object.entries(one).flatMap(([field, id]) => (id === chain.id && field !== 'id' ? [{ id: one.id, field }] : [])),
  );
  return [
    section('rules', ['RULE', 'ACTION', 'WHEN'], rules, (rule) => [
      `${names(rule.chainId)}:${rule.position}`,
      effectText(rule, names),
      conditionText(rule, names),
    ]),
    section('used by', ['NAME', 'AS'], users, ({ id, field }) => [names(id), field.replace(/(Filter|Chain)?Id$/, '')]),
    section('jumped to by', ['RULE'], chain.jumpRuleIds, (id) => [names(id)]),
    section('loggers', ['NAME', 'RESOURCE', 'LOGS'], loggers, (one) => [
      one.name,
      names(one.loggingResourceId),
      one.event.toLowerCase(),
    ]),
  ];
}
