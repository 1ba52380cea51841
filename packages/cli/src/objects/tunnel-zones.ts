import { ipArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Verbs } from '../verbs.ts';
import { change } from './change.ts';

const TYPES = ['vxlan', 'gre', 'vtep'] as const;

export function addTunnelZones(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'tunnel-zone <name>',
    summary: 'create a set of hosts that tunnel to each other',
    options: [['--type <type>', `one of ${TYPES.join(', ')}`]],
    examples: ['midonet create tunnel-zone underlay --type vxlan'],
    act: async (session, [name = ''], options) => {
      const text = options.text('type') ?? 'vxlan';
      const type = TYPES.find((one) => one === text);
      if (type === undefined) throw usageError(`--type: "${text}" is none of ${TYPES.join(', ')}`);
      session.show(await session.client.tunnelZones.create({ body: { name, type } }), ({ id }) => id);
    },
  });
  addCommand(verbs.create, surroundings, {
    usage: 'tunnel-zone-member <zone> <host> <address>',
    summary: "add a host to a tunnel zone, with its underlay's address",
    examples: ['midonet create tunnel-zone-member underlay hv1 192.0.2.11'],
    act: async (session, [zone = '', host = '', address = '']) => {
      const { id } = await session.directory.tunnelZone(zone);
      const { id: hostId } = await session.directory.host(host);
      const ipAddress = ipArgument('address', address);
      const made = await session.client.tunnelZoneHosts.create({ id, body: { hostId, ipAddress } });
      session.show(made, ({ hostId: member }) => member);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'tunnel-zones',
    summary: 'list tunnel zones',
    act: async (session) => {
      const found = await session.client.tunnelZones.list();
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TYPE'],
          found.map((one) => [session.idText(one.id), one.name, one.type]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'tunnel-zone-members <zone>',
    summary: 'list the members of a tunnel zone',
    act: async (session, [zone = '']) => {
      const { id } = await session.directory.tunnelZone(zone);
      const found = await session.client.tunnelZoneHosts.list({ id });
      const names = await Promise.all(found.map((one) => session.directory.label('host', one.hostId)));
      session.show(found, () =>
        table(
          ['HOST', 'ADDRESS'],
          found.map((one, index) => [names[index] ?? '', one.ipAddress]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'tunnel-zone <zone>',
    summary: 'show a tunnel zone',
    act: async (session, [zone = '']) => {
      session.show(await session.directory.tunnelZone(zone), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'tunnel-zone-member <zone> <host>',
    summary: 'show a member of a tunnel zone',
    examples: ['midonet show tunnel-zone-member underlay hv1'],
    act: async (session, [zone = '', host = '']) => {
      const { id } = await session.directory.tunnelZone(zone);
      const { id: hostId } = await session.directory.host(host);
      session.show(await session.client.tunnelZoneHosts.get({ id, hostId }), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'tunnel-zone <zone>',
    summary: 'rename a tunnel zone',
    options: [['--name <name>', 'the new name']],
    act: async (session, [zone = ''], options) => {
      const { id } = await session.directory.tunnelZone(zone);
      const body = { name: options.required('name', '--name') };
      session.show(await change(session.client.tunnelZones, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'tunnel-zone-member <zone> <host> <address>',
    summary: "change a host's address in a tunnel zone; flows to it are made anew",
    examples: ['midonet update tunnel-zone-member underlay hv1 192.0.2.21'],
    act: async (session, [zone = '', host = '', address = '']) => {
      const { id } = await session.directory.tunnelZone(zone);
      const { id: hostId } = await session.directory.host(host);
      const body = { ipAddress: ipArgument('address', address) };
      const changed = await change(session.client.tunnelZoneHosts, { id, hostId }, body);
      session.show(changed, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'tunnel-zone <zones...>',
    summary: 'delete tunnel zones',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.tunnelZone(text)));
      for (const { id } of found) await session.client.tunnelZones.remove({ id });
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'tunnel-zone-member <zone> <host>',
    summary: 'take a host out of a tunnel zone',
    act: async (session, [zone = '', host = '']) => {
      const { id } = await session.directory.tunnelZone(zone);
      const { id: hostId } = await session.directory.host(host);
      await session.client.tunnelZoneHosts.remove({ id, hostId });
    },
  });
}
