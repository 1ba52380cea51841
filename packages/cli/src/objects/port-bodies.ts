import { formatCidr } from '@midonet/packet';
import type { Client, PortDto } from '@midonet/contract';
import { cidrArgument, macArgument, networkOf, numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { Options } from '../verbs.ts';
import { allowedBody } from './allowed-addresses.ts';
import { filterBody } from './filters.ts';
import { portMirrorBody } from './mirrored.ts';
import { qosBody } from './qos-policies.ts';

type PortBody = NonNullable<Parameters<Client['ports']['update']>[0]>['body'];

/** The fields of a port that the command line names. */
export function portBody(options: Options): PortBody {
  const vlan = options.text('vlan');
  const mac = options.text('mac');
  const addresses = options.list('address');
  return {
    ...(options.text('name') === undefined ? {} : { vifId: options.text('name') }),
    ...(options.adminState() === undefined ? {} : { adminStateUp: options.adminState() }),
    ...allowedBody(options),
    ...(options.text('instance') === undefined ? {} : { instanceId: options.text('instance') }),
    ...(vlan === undefined ? {} : { vlanId: numberArgument('--vlan', vlan, 0, 4094) }),
    ...(mac === undefined ? {} : { portMac: macArgument('--mac', mac) }),
    ...(addresses === undefined
      ? {}
      : { portSubnet: addresses.map((text) => formatCidr(cidrArgument('--address', text))) }),
  };
}

export async function createPort(session: Session, options: Options): Promise<PortDto> {
  const [bridge, router] = [options.text('bridge'), options.text('router')];
  if ((bridge === undefined) === (router === undefined)) throw usageError('give one of --bridge and --router');
  const body = {
    ...portBody(options),
    ...(await filterBody(session, options)),
    ...(await portMirrorBody(session, options)),
    ...(await qosBody(session, options)),
  };
  if (bridge !== undefined) {
    if (options.list('address') !== undefined) throw usageError('--address is for router ports; a bridge has none');
    const { id } = await session.directory.bridge(bridge);
    return session.client.bridges.createPort({ id, body: { ...body, type: 'Bridge' } });
  }
  if (options.list('address') === undefined) throw usageError('a router port needs --address, like 10.0.0.1/24');
  const { id } = await session.directory.router(router ?? '');
  const port = await session.client.routers.createPort({ id, body: { ...body, type: 'Router' } });
  if (options.flag('connectedRoutes')) await addConnectedRoutes(session.client, port);
  return port;
}

/** A route to each prefix on the port, so that what is there can be reached. */
async function addConnectedRoutes(client: Client, port: PortDto): Promise<void> {
  for (const text of port.portSubnet ?? []) {
    const network = networkOf(cidrArgument('portSubnet', text));
    await client.routers.createRoute({
      id: port.routerId ?? '',
      body: {
        type: 'Normal',
        dstNetworkAddr: network.address,
        dstNetworkLength: network.length,
        nextHopPort: port.id,
        weight: 100,
      },
    });
  }
}
