import { conditionOf, ip, SOME_IPS, SOME_IPS6, type VirtualNetwork } from '@midonet/simulation/testing';
import type { ChainId, RouterId, Rule, RuleId } from '@midonet/topology';
import { edited, toggled, type Changes } from './aim.ts';

/** Chains, and the groups that their rules name. */
export const FILTER_CHANGES: Changes = {
  filters: (net, aim) => {
    const id = aim.pick([...net.portIds, ...net.deviceIds]);
    const hook = aim.any(['inboundFilterId', 'outboundFilterId', 'forwardChainId', 'localRedirectChainId']);
    if (id === undefined || hook === undefined) return undefined;
    const isRouter = net.parts.routers.has(id as RouterId);
    if (!isRouter && !hook.endsWith('FilterId')) return undefined;
    const chain = aim.chance(0.4) ? undefined : aim.any([...net.parts.chains.keys()]);
    net.filter(id, { [hook]: chain });
    return { what: `${net.nameOf(id)} ${hook} ${chain && net.nameOf(chain)}` };
  },
  rules: (net, aim) => {
    const device = aim.pick(net.parts.chains.values());
    const rule = aim.any(device?.rules ?? []);
    if (device === undefined || rule === undefined) return undefined;
    const { type } = rule;
    const turned =
      type === 'accept' || type === 'drop' || type === 'reject' || type === 'return'
        ? { ...rule, type: aim.any(['accept', 'drop', 'reject', 'return'] as const) ?? type }
        : { ...rule, condition: { ...rule.condition, invert: !rule.condition.invert } };
    const now = aim.chance(0.3) ? undefined : turned;
    setRules(net, device.chain.id, edited(device.rules, rule.id, now));
    return { what: `rule ${net.nameOf(rule.id)} is ${now === undefined ? 'deleted' : 'changed'}` };
  },
  ruleComes: (net, aim) => {
    const device = aim.pick(net.parts.chains.values());
    if (device === undefined || device.rules.length > 40) return undefined;
    const { id } = device.chain;
    const type = aim.any(['accept', 'drop', 'reject'] as const) ?? 'drop';
    const text = aim.any([{}, { nwProto: 17 }, { nwDst: '10.0.0.0/31' }, { tpDst: 53 }, { dlType: 0x86dd }]) ?? {};
    const ruleId = `00000000-0000-4000-8000-9${Math.floor(aim.random() * 1e11)}`.padEnd(36, '0') as RuleId;
    const rule: Rule = { kind: 'rule', id: ruleId, chainId: id, order: 0, condition: conditionOf(text), type };
    setRules(net, id, [rule, ...device.rules]);
    return { what: `${net.nameOf(id)} begins with ${type} ${JSON.stringify(text)}` };
  },
  rulesTurned: (net, aim) => {
    const device = aim.pick(net.parts.chains.values());
    if (device === undefined || device.rules.length < 2) return undefined;
    setRules(net, device.chain.id, [...device.rules].reverse());
    return { what: `rules of ${net.nameOf(device.chain.id)} the other way round` };
  },
  chainLog: (net, aim) => {
    const device = aim.pick(net.parts.chains.values());
    if (device === undefined) return undefined;
    const log = device.chain.log === undefined ? aim.any(['accept', 'drop', 'all'] as const) : undefined;
    net.setLog(device.chain.id, log, device.chain.loggers);
    return { what: `log of ${net.nameOf(device.chain.id)}: ${log}` };
  },
  chainLoggers: (net, aim) => {
    const device = aim.pick(net.parts.chains.values());
    if (device === undefined) return undefined;
    const id = '00000000-0000-4000-8000-888888888888' as never; // brand: a logger that nothing else is about
    const loggers =
      device.chain.loggers === undefined ? [{ id, event: aim.any(['drop', 'all'] as const) ?? 'all' }] : undefined;
    net.setLog(device.chain.id, device.chain.log, loggers);
    return { what: `loggers of ${net.nameOf(device.chain.id)}: ${loggers?.length ?? 'none'}` };
  },
  portGroup: (net, aim) => {
    const device = aim.pick(net.parts.portGroups.values());
    const port = aim.pick(net.portIds);
    if (device === undefined || port === undefined) return undefined;
    net.parts.portGroups.set(device.group.id, { ...device, members: toggled(device.members, port) });
    return { what: `${net.nameOf(port)} in or out of ${device.group.name}` };
  },
  ipAddrGroup: (net, aim) => {
    const device = aim.pick(net.parts.ipAddrGroups.values());
    const address = ip(aim.any([...SOME_IPS, ...SOME_IPS6]) ?? '');
    if (device === undefined) return undefined;
    net.parts.ipAddrGroups.set(device.group.id, { ...device, addresses: toggled(device.addresses, address) });
    return { what: `${address} in or out of ${device.group.name}` };
  },
  groupGoes: (net, aim) => {
    const { portGroups, ipAddrGroups } = net.parts;
    const groups = aim.chance(0.5) ? portGroups : ipAddrGroups;
    const device = aim.pick<{ readonly group: { readonly id: string; readonly name: string } }>(groups.values());
    // Those that rules name stay for longer: packets that meet one that is gone wait for it for ever.
    if (device === undefined || !aim.chance(0.1)) return undefined;
    (groups as Map<string, unknown>).delete(device.group.id);
    return { what: `${device.group.name} goes` };
  },
};

/** Their orders follow. */
function setRules(net: VirtualNetwork, id: ChainId, rules: readonly Rule[]): void {
  const device = net.parts.chains.get(id);
  if (device !== undefined)
    net.parts.chains.set(id, { ...device, rules: rules.map((rule, order) => ({ ...rule, order })) });
}
