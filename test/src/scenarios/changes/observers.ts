import { conditionOf, HOST_MACS, mac, ROUTER_MACS, type VirtualNetwork } from '@midonet/simulation/testing';
import { MIRROR_PLACES, type L2Insertion, type MirrorId, type PortId, type TraceRequest } from '@midonet/topology';
import { edited, type Changes } from './aim.ts';

const CONDITIONS = [{}, { nwProto: 17 }, { nwDst: '10.0.0.0/31' }, { dlType: 0x86dd }, { tpDst: 53 }] as const;

/** Mirrors, trace requests, insertions and marks: what packets meet besides their way. */
export const OBSERVER_CHANGES: Changes = {
  mirrorTo: (net, aim) => {
    const mirror = aim.pick(net.parts.mirrors.values());
    const toPortId = aim.any(net.portIds);
    if (mirror === undefined || toPortId === undefined) return undefined;
    net.parts.mirrors.set(mirror.id, { ...mirror, toPortId });
    return { what: `mirror ${mirror.name} copies to ${net.nameOf(toPortId)}` };
  },
  mirrorAsks: (net, aim) => {
    const mirror = aim.pick(net.parts.mirrors.values());
    if (mirror === undefined) return undefined;
    const texts = CONDITIONS.filter(() => aim.chance(0.3));
    net.parts.mirrors.set(mirror.id, { ...mirror, conditions: texts.map(conditionOf) });
    return { what: `mirror ${mirror.name} asks ${JSON.stringify(texts)}` };
  },
  mirrored: (net, aim) => {
    const id = aim.pick([...net.portIds, ...net.deviceIds]);
    if (net.parts.mirrors.size === 0 || id === undefined) return undefined;
    const isPort = net.parts.ports.has(id as PortId);
    const place = aim.any(isPort ? MIRROR_PLACES : MIRROR_PLACES.slice(0, 2)) ?? 'inboundMirrorIds';
    const list = [...net.parts.mirrors.keys()].filter(() => aim.chance(0.4));
    setMirrors(net, id, place, list);
    return { what: `${net.nameOf(id)} ${place} ${list.map((each) => net.nameOf(each)).join() || 'none'}` };
  },
  mirrorsTurned: (net, aim) => {
    const lists = mirrorLists(net).filter(({ list }) => list.length > 1);
    const one = aim.pick(lists.filter((each) => aim.isMet(each))) ?? aim.any(lists);
    if (one === undefined) return undefined;
    setMirrors(net, one.id, one.place, [...one.list].reverse());
    return { what: `${net.nameOf(one.id)} ${one.place} the other way round` };
  },
  qosPolicy: (net, aim) => {
    const id = aim.pick([...net.portIds, ...net.parts.bridges.keys()]);
    if (net.parts.qosPolicies.size === 0 || id === undefined) return undefined;
    const policy = aim.chance(0.6) ? aim.any([...net.parts.qosPolicies.keys()]) : undefined;
    net.filter(id, { qosPolicyId: policy });
    return { what: `${net.nameOf(id)} has policy ${policy && net.nameOf(policy)}` };
  },
  qosMark: (net, aim) => {
    const device = aim.pick(net.parts.qosPolicies.values());
    if (device === undefined) return undefined;
    const { id } = device.policy;
    const mark = aim.any([undefined, 0, 10, 46]);
    const rule = { kind: 'qosRule', type: 'dscp', id: id as never, policyId: id } as const;
    net.parts.qosPolicies.set(id, { ...device, rules: mark === undefined ? [] : [{ ...rule, mark }] });
    return { what: `policy ${device.policy.name} marks with ${mark}` };
  },
  insertion: (net, aim) => {
    const { insertions } = net.parts;
    const one = aim.pick(insertions);
    if (one === undefined) return undefined;
    const edits: readonly Partial<L2Insertion>[] = [
      { failOpen: !one.failOpen },
      { position: 1 - Math.min(1, one.position) },
      { vlan: one.vlan === 0 ? 0 : (aim.any([1, 2, 3, 20]) ?? 1) },
      { mac: mac(aim.any([...HOST_MACS, ...ROUTER_MACS]) ?? '') },
    ];
    const edit = aim.chance(0.2) ? undefined : aim.any(edits);
    const others = insertions.filter(({ id }) => id !== one.id);
    const now = edit === undefined ? undefined : { ...one, ...edit };
    const collides = (each: L2Insertion): boolean =>
      each.srvPortId === now?.srvPortId &&
      ((each.mac === now.mac && (each.portId === now.portId || each.vlan === now.vlan)) || now.vlan + each.vlan === 0);
    if (others.some(collides)) return undefined;
    insertions.splice(0, insertions.length, ...edited(insertions, one.id, now));
    return { what: `insertion ${net.nameOf(one.id)} ${edit === undefined ? 'goes' : JSON.stringify(edit)}` };
  },
  trace: (net, aim) => {
    const { traceRequests } = net.parts;
    const one = aim.pick(traceRequests);
    if (one === undefined) return undefined;
    const edits: readonly Partial<TraceRequest>[] = [
      { enabled: !one.enabled },
      { condition: conditionOf(aim.any(CONDITIONS) ?? {}) },
      { limit: one.limit + 1 },
      { enabledAt: one.enabledAt + 1 },
    ];
    const edit = aim.any(edits);
    traceRequests.splice(0, traceRequests.length, ...edited(traceRequests, one.id, { ...one, ...edit }));
    return { what: `trace request ${one.name} ${Object.keys(edit ?? {}).join()}` };
  },
};

type Place = (typeof MIRROR_PLACES)[number];

function setMirrors(net: VirtualNetwork, id: string, place: Place, list: readonly MirrorId[]): void {
  net.filter(id as PortId, { [place]: list.length === 0 ? undefined : list });
}

function mirrorLists(net: VirtualNetwork): { id: string; place: Place; list: readonly MirrorId[] }[] {
  const { ports, bridges, routers } = net.parts;
  const all = [...ports.values(), ...bridges.values(), ...routers.values()];
  return all.flatMap((each) =>
    MIRROR_PLACES.flatMap((place) => {
      const list = place in each ? (each as { readonly [P in Place]?: readonly MirrorId[] })[place] : undefined;
      return list === undefined ? [] : [{ id: each.id, place, list }];
    }),
  );
}
