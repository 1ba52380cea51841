import type { VirtualNetwork } from '@midonet/simulation/testing';
import type { Aim, Changes, Done } from './aim.ts';
import { BALANCER_CHANGES } from './balancers.ts';
import { DEVICE_CHANGES } from './devices.ts';
import { FILTER_CHANGES } from './filters.ts';
import { OBSERVER_CHANGES } from './observers.ts';
import { TABLE_CHANGES } from './tables.ts';

export { Aim, type Done } from './aim.ts';

/** Each as often as the others, however many changes it has. */
const GROUPS: readonly Changes[] = [DEVICE_CHANGES, FILTER_CHANGES, OBSERVER_CHANGES, BALANCER_CHANGES, TABLE_CHANGES];

/** Changes one thing in the network; those of which there is none are tried again with others. */
export function changeSomething(net: VirtualNetwork, aim: Aim): Done & { readonly kind: string } {
  for (let i = 0; i < 100; i++) {
    const group = aim.any(GROUPS) ?? DEVICE_CHANGES;
    const kind = aim.any(Object.keys(group)) ?? '';
    const done = group[kind]?.(net, aim);
    if (done === undefined) continue;
    net.changed();
    return { ...done, kind };
  }
  return { what: 'nothing can be changed', kind: 'nothing' };
}
