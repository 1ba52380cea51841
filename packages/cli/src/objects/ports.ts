import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { ALLOW_OPTION, allowedText } from './allowed-addresses.ts';
import { FILTER_OPTIONS, filterBody } from './filters.ts';
import { PORT_MIRROR_OPTIONS, portMirrorBody } from './mirrored.ts';
import { createPort, portBody } from './port-bodies.ts';
import { QOS_OPTION, qosBody } from './qos-policies.ts';
import type { PortDto } from '@midonet/contract';
import { change } from './change.ts';
import { stateText } from './shared.ts';

const FIELDS = [
  ['--name <name>', 'a name for it (kept as its vifId)'],
  ['--mac <mac>', 'router ports: the MAC address'],
  ['--address <prefix...>', 'router ports: addresses with prefix length, IPv4 and IPv6'],
  ['--vlan <id>', 'bridge ports: the VLAN it carries'],
  ['--up', 'administratively up'],
  ['--down', 'administratively down'],
  ...FILTER_OPTIONS,
  ...PORT_MIRROR_OPTIONS,
  QOS_OPTION,
  ALLOW_OPTION,
  ['--instance <id>', "bridge ports: the machine behind it, for the metadata service; '' for none"],
] as const;

export function addPorts(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'port',
    summary: 'create a port on a bridge or router',
    options: [
      ['--bridge <bridge>', 'the bridge it is on'],
      ['--router <router>', 'the router it is on'],
      ...FIELDS,
      ['--no-connected-routes', 'router ports: add no routes to its prefixes'],
    ],
    examples: [
      'midonet create port --bridge red --name web',
      'midonet create port --router edge --name to-red --address 10.1.0.1/24 fd00:1::1/64',
    ],
    act: async (session, _words, options) => {
      session.show(await createPort(session, options), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'ports',
    summary: 'list ports',
    options: [
      ['--bridge <bridge>', 'only of this bridge'],
      ['--router <router>', 'only of this router'],
      ['--host <host>', 'only those bound to this host'],
    ],
    examples: ['midonet list ports --bridge red'],
    act: async (session, _words, options) => {
      const found = await select(session, options);
      if (session.flags.json === true) session.show(found, String);
      else
        session.print(
          table(PORT_HEADINGS, await Promise.all(found.map((one) => portRow(session, one))), session.width),
        );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'port <port>',
    summary: 'show a port',
    act: async (session, [text = '']) => {
      session.show(await session.directory.port(text), shown(session));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'port <port>',
    summary: 'change a port',
    options: FIELDS,
    examples: [
      'midonet update port web --down',
      'midonet update port web --inbound web-out --outbound web-in',
      'midonet update port web --allow 02:00:00:00:00:01=10.1.0.10 02:00:00:00:00:01=fd00:1::10',
    ],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.port(text);
      const body = {
        ...portBody(options),
        ...(await filterBody(session, options)),
        ...(await portMirrorBody(session, options)),
        ...(await qosBody(session, options)),
      };
      session.show(await change(session.client.ports, { id }, body), shown(session));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'port <ports...>',
    summary: 'delete ports with their routes',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.port(text)));
      for (const { id } of found) await session.client.ports.remove({ id });
    },
  });
}

async function select(session: Session, options: Options): Promise<readonly PortDto[]> {
  const [bridge, router, host] = [options.text('bridge'), options.text('router'), options.text('host')];
  const keep: ((port: PortDto) => boolean)[] = [];
  if (bridge !== undefined) {
    const { id } = await session.directory.bridge(bridge);
    keep.push((port) => port.bridgeId === id);
  }
  if (router !== undefined) {
    const { id } = await session.directory.router(router);
    keep.push((port) => port.routerId === id);
  }
  if (host !== undefined) {
    const { id } = await session.directory.host(host);
    keep.push((port) => port.hostId === id);
  }
  return (await session.directory.ports()).filter((port) => keep.every((wanted) => wanted(port)));
}

export const PORT_HEADINGS = ['ID', 'NAME', 'DEVICE', 'STATE', 'ADDRESSES', 'BOUND TO', 'LINKED TO'];

export async function portRow(session: Session, port: PortDto): Promise<string[]> {
  const { directory } = session;
  const device = await directory.label(port.type === 'Bridge' ? 'bridge' : 'router', port.deviceId);
  const vlan = port.vlanId === null || port.vlanId === 0 ? '' : ` vlan ${port.vlanId}`;
  return [
    session.idText(port.id),
    port.vifId ?? '',
    `${device}${vlan}`,
    stateText(port),
    (port.portSubnet ?? []).join(' '),
    port.hostId === null ? '' : `${await directory.label('host', port.hostId)}:${port.interfaceName ?? ''}`,
    await directory.label('port', port.peerId),
  ];
}

function shown(session: Session): (port: PortDto) => string {
  return ({ allowedAddresses: allowed, ...rest }) =>
    session.fields(describe({ ...rest, ...(allowed === null ? {} : { allowed: allowedText(allowed) }) }));
}
