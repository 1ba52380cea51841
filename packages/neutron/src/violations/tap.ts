import type { Violation } from '@midonet/topology';
import type { TapFlow } from '../objects/objects.ts';
import type { NeutronReader } from '../reader.ts';
import { tapped } from '../translate/tap.ts';
import { failing } from './failing.ts';

/** Each service is one more copy of each packet. */
const MAX_SERVICES = 8;

export async function checkTapFlow({ source_port: port }: TapFlow, read: NeutronReader): Promise<readonly Violation[]> {
  const flows = await read.naming('port', port, 'tapFlow');
  const services = new Set(flows.map(({ tap_service_id: id }) => id));
  const most = Math.max(...(['IN', 'OUT'] as const).map((way) => tapped(flows, way, services)?.length ?? 0));
  const message = `port ${port} has ${MAX_SERVICES} taps in this direction, and can have no more`;
  return failing([most > MAX_SERVICES, 'source_port', message]);
}
