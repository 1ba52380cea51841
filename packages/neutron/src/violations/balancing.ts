import type { Violation } from '@midonet/topology';
import type { ListenerV2, LoadBalancerV2 } from '../objects/objects.ts';
import type { NeutronReader } from '../reader.ts';
import { balancerOf } from '../translate/balancing-v2.ts';
import { failing } from './failing.ts';

export async function checkLoadBalancer(lb: LoadBalancerV2, read: NeutronReader): Promise<Violation[]> {
  const port = await read.get('port', lb.vip_port_id ?? '');
  const isOther = port?.fixed_ips?.every(({ ip_address: address }) => address !== lb.vip_address) ?? false;
  return failing([isOther, 'vip_address', `is no address of port ${lb.vip_port_id}`]);
}

export async function checkListener(listener: ListenerV2, read: NeutronReader): Promise<Violation[]> {
  const [own] = listener.loadbalancers ?? [];
  const pool = await read.get('poolV2', listener.default_pool_id ?? '');
  const other = pool === undefined ? undefined : await balancerOf(pool, read);
  const isOther = own !== undefined && other !== undefined && other !== own;
  return failing([isOther, 'default_pool_id', `pool ${pool?.id} is of load balancer ${other}`]);
}
