import type { ObjectRef } from '@midonet/flow';
import type { L2Transform, Port, PortId } from '@midonet/topology';
import { portIndex } from '../port-index.ts';
import type { Walk } from '../walk.ts';
import type { ChainRun } from './chain-run.ts';

type Redirect = Extract<L2Transform, { readonly action: 'redirect' }>;

/** What comes of an l2Transform rule that applies. */
export type Transformed =
  | { readonly kind: 'tagged' }
  | { readonly kind: 'redirected'; readonly port: Port; readonly ingress: boolean }
  /** It fails open: the next rule is asked. */
  | { readonly kind: 'passed' }
  | { readonly kind: 'missing'; readonly id: PortId }
  /** More tags than a packet may have. */
  | { readonly kind: 'tooMany' };

export function transform(run: ChainRun, rule: L2Transform, by: ObjectRef): Transformed {
  if (rule.action !== 'redirect') return editTags(run, rule, by) ? { kind: 'tagged' } : { kind: 'tooMany' };
  const { walk } = run;
  const port = walk.topology.port(rule.targetPortId);
  if (port === undefined) return { kind: 'missing', id: rule.targetPortId };
  if (rule.failOpen && !takes(walk, port, rule)) {
    if (walk.trace !== undefined) {
      walk.step(by, { kind: 'rewrite', detail: `nothing: port ${port.id} takes nothing now, and the rule fails open` });
    }
    return { kind: 'passed' };
  }
  if (!editTags(run, rule, by)) return { kind: 'tooMany' };
  return { kind: 'redirected', port, ingress: rule.ingress };
}

function editTags(run: ChainRun, { popVlan, pushVlan }: L2Transform, by: ObjectRef): boolean {
  const { walk } = run;
  const pops = popVlan && walk.packet.popVlan();
  if (pushVlan !== undefined && !walk.packet.pushVlan(pushVlan)) return false;
  if (!pops && pushVlan === undefined) return true;
  run.retagged();
  walk.tagEdits++;
  if (walk.trace !== undefined) {
    const told = [
      ...(pops ? ['takes the VLAN tag off'] : []),
      ...(pushVlan === undefined ? [] : [`tags VLAN ${pushVlan}`]),
    ];
    walk.step(by, { kind: 'rewrite', detail: told.join(', ') });
  }
  return true;
}

/** Changes of what is read here fire the two tags. */
function takes(walk: Walk, port: Port, { ingress }: Redirect): boolean {
  const { tag, locationTag } = portIndex(port);
  walk.tag(tag);
  if (!port.adminStateUp) return false;
  if (ingress || port.peerId !== undefined) return true;
  walk.tag(locationTag);
  return port.binding !== undefined && walk.state.portActive(port.id);
}
