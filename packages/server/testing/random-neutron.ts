import { bodyOf } from './neutron-bodies.ts';
import {
  idOf,
  idsOf,
  NeutronChoices,
  COUNTS,
  PATHS,
  type Chance,
  type NeutronCall,
  type NeutronPath,
} from './neutron-choices.ts';

const NETWORKING: readonly NeutronPath[] = [
  ...(['networks', 'subnets', 'ports', 'routers', 'floating_ips'] as const),
  ...(['security_groups', 'security_group_rules', 'ports', 'ports', 'floating_ips'] as const),
];
const BALANCING: readonly NeutronPath[] = [
  ...(['lb/pools', 'lb/members', 'lb/vips', 'lb/health_monitors', 'lbs_v2', 'listeners_v2', 'pools_v2'] as const),
  ...(['pool_members_v2', 'health_monitors_v2', 'ports', 'ports', 'subnets', 'routers'] as const),
];
const SERVICES: readonly NeutronPath[] = [
  ...(['firewalls', 'firewall_logs', 'tap_services', 'tap_flows', 'tap_flows', 'gateway_devices'] as const),
  ...(['l2_gateway_connections', 'ports', 'ports', 'routers', 'networks'] as const),
];
const FOCUSES = { networking: NETWORKING, balancing: BALANCING, services: SERVICES } as const;
/** What a sequence is mostly of. */
export type Focus = keyof typeof FOCUSES;
/** What others need. */
const FIRST: readonly NeutronPath[] = ['networks', 'subnets', 'security_groups', 'routers'];

/**
 * What Neutron might send, and now and then what it would not: references to what is not there, addresses that
 * somebody has, ports that change what they are for.
 */
export class RandomNeutron {
  readonly #choose: NeutronChoices;
  readonly #host: string;
  readonly #paths: readonly (NeutronPath | 'interface' | 'gateway')[];

  constructor(chance: Chance, host: string, of: Focus) {
    this.#choose = new NeutronChoices(chance);
    this.#host = host;
    this.#paths = [...FOCUSES[of], 'interface', 'interface', 'gateway'];
  }

  /** Something to begin with. */
  start(): readonly NeutronCall[] {
    return FIRST.flatMap((path) => idsOf(path).map((id) => this.#create(path, id)));
  }

  next(): NeutronCall {
    const choose = this.#choose;
    const path = choose.any(this.#paths);
    if (path === 'interface') return this.#interface();
    if (path === 'gateway') return this.#gateway();
    const [id, kind] = [idOf(path, choose.chance(COUNTS[path])), choose.chance(10)];
    if (choose.isThere(id) ? kind === 0 : kind < 9 && !choose.wasThere(id)) return this.#create(path, id);
    if (kind === 1) return { method: 'DELETE', path: `${path}/${id}` };
    return { method: 'PUT', path: `${path}/${id}`, body: choose.some(bodyOf(path, id, choose, this.#host)) };
  }

  /** Of all that there may be, in any order. */
  deletions(): readonly NeutronCall[] {
    const left = PATHS.flatMap((path) => idsOf(path).map((id) => `${path}/${id}`));
    const calls: NeutronCall[] = [];
    while (left.length > 0) {
      calls.push(
        ...left.splice(this.#choose.chance(left.length), 1).map((path) => ({ method: 'DELETE', path }) as const),
      );
    }
    return calls;
  }

  /** What the server agreed to, to say more of it. */
  took(call: NeutronCall): void {
    this.#choose.took(call);
  }

  #create(path: NeutronPath, id: string): NeutronCall {
    return { method: 'POST', path, body: { id, ...bodyOf(path, id, this.#choose, this.#host) } };
  }

  #interface(): NeutronCall {
    const [router, port] = [this.#choose.reference('routers'), this.#choose.reference('ports')];
    const verb = this.#choose.chance(4) === 0 ? 'remove' : 'add';
    return { method: 'PUT', path: `routers/${router}/${verb}_router_interface`, body: { id: router, port_id: port } };
  }

  #gateway(): NeutronCall {
    const choose = this.#choose;
    const gw_port_id = choose.chance(4) === 0 ? null : choose.reference('ports');
    const network_id = choose.reference('networks');
    const info = gw_port_id === null ? null : { network_id, enable_snat: choose.chance(4) > 0 };
    const body = { gw_port_id, external_gateway_info: info };
    return { method: 'PUT', path: `routers/${choose.reference('routers')}`, body };
  }
}
