import { qosRules, qosText } from '../objects/qos-text.ts';
import type { WantedQosPolicy } from './document-filters.ts';
import { nameIn, renamedTo } from './keys.ts';
import type { LiveTopology } from './live-topology.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

/** A policy in the file does exactly what the file says. */
export function planQosPolicy(live: LiveTopology, wanted: WantedQosPolicy, tenant: string | undefined): Change[] {
  const { name, text, description, shared } = wanted;
  const policy = live.qosPolicies.get(name);
  const id = live.idOf(`QoS policy ${name}`, policy);
  const what = `QoS policy ${name}`;
  const rules = qosRules(text, wanted.fail);
  if (policy === undefined) {
    const body = { id, name: nameIn(name), tenantId: tenant, description, shared, rules };
    return [{ sign: '+', what, run: (client) => client.qosPolicies.create({ body }) }];
  }
  // Through rules and back: what is written differently may be the same.
  const full = (own: typeof text): object => ({ egress: null, ingress: null, dscp: null, ...own });
  const written = qosText(rules.map((rule) => ({ ...NOTHING, ...rule })));
  const body = { name: renamedTo(name), description, shared };
  const fields = differences({ ...policy, ...full(qosText(policy.rules)) }, { ...body, ...full(written) });
  const run: Change['run'] = (client) => change(client.qosPolicies, { id }, { ...body, rules }, policy);
  return fields.length === 0 ? [] : [{ sign: '~', what, fields, run }];
}

const NOTHING = { id: '', maxKbps: null, maxBurstKb: null, direction: null, dscpMark: null };
