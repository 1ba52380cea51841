import { ipArgument, macArgument, numberArgument } from '../arguments.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';

const BRIDGE = ['--bridge <bridge>', 'the bridge'] as const;
const VLAN = ['--vlan <id>', 'the VLAN; untagged by default'] as const;

/** Rows of a bridge's MAC table and its seeded ARP and neighbour rows. */
export function addBridgeTables(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'mac <mac> <port>',
    summary: 'say behind which port a MAC is',
    options: [BRIDGE, VLAN],
    examples: ['midonet create mac 02:00:00:00:00:01 web --bridge red'],
    act: async (session, [mac = '', port = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const vlan = options.text('vlan');
      const body = { macAddr: macArgument('mac', mac), portId: (await session.directory.port(port)).id };
      const made =
        vlan === undefined
          ? await session.client.macTable.create({ id, body })
          : await session.client.vlanMacTable.create({
              id,
              vlan: String(numberArgument('--vlan', vlan, 0, 4094)),
              body,
            });
      session.show(made, ({ macAddr }) => macAddr);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'macs',
    summary: "list a bridge's MAC table, learned rows included",
    options: [BRIDGE],
    act: async (session, _words, options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const found = await session.client.macTable.list({ id });
      const names = await Promise.all(found.map((one) => session.directory.label('port', one.portId)));
      session.show(found, () =>
        table(
          ['MAC', 'VLAN', 'PORT', 'ORIGIN'],
          found.map((one, index) => [
            one.macAddr,
            one.vlanId === null ? '' : String(one.vlanId),
            names[index] ?? '',
            one.learned ? 'learned' : 'static',
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'mac <mac> <port>',
    summary: 'show a row of a MAC table',
    options: [BRIDGE, VLAN],
    examples: ['midonet show mac 02:00:00:00:00:01 web --bridge red'],
    act: async (session, [mac = '', port = ''], options) => {
      const { id, row } = await macRow(session, { mac, port }, options);
      const vlan = options.text('vlan');
      const one =
        vlan === undefined
          ? await session.client.macTable.get({ id, row })
          : await session.client.vlanMacTable.get({ id, vlan, row });
      session.show(one, (found) => session.fields(describe(found)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'mac <mac> <port>',
    summary: 'delete a static row of a MAC table',
    options: [BRIDGE, VLAN],
    act: async (session, [mac = '', port = ''], options) => {
      const { id, row } = await macRow(session, { mac, port }, options);
      const vlan = options.text('vlan');
      if (vlan === undefined) await session.client.macTable.remove({ id, row });
      else await session.client.vlanMacTable.remove({ id, vlan, row });
    },
  });
  addArp(verbs);
}

type Row = { readonly id: string; readonly row: string };

async function macRow(session: Session, { mac, port }: { mac: string; port: string }, options: Options): Promise<Row> {
  const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
  const portId = (await session.directory.port(port)).id;
  return { id, row: `${macArgument('mac', mac).replaceAll(':', '-')}_${portId}` };
}

async function arpRow(
  session: Session,
  { address, mac }: { address: string; mac: string },
  options: Options,
): Promise<Row> {
  const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
  return { id, row: `${ipArgument('address', address)}_${macArgument('mac', mac).replaceAll(':', '-')}` };
}

function addArp(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'arp <address> <mac>',
    summary: 'have a bridge answer ARP or neighbour discovery for an address',
    options: [BRIDGE],
    examples: ['midonet create arp 10.1.0.10 02:00:00:00:00:01 --bridge red'],
    act: async (session, [address = '', mac = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const body = { ip: ipArgument('address', address), mac: macArgument('mac', mac) };
      session.show(await session.client.arpTable.create({ id, body }), ({ ip }) => ip);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'arps',
    summary: "list a bridge's seeded ARP and neighbour rows",
    options: [BRIDGE],
    act: async (session, _words, options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const found = await session.client.arpTable.list({ id });
      session.show(found, () =>
        table(
          ['ADDRESS', 'MAC'],
          found.map((one) => [one.ip, one.mac]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'arp <address> <mac>',
    summary: 'show a seeded row',
    options: [BRIDGE],
    examples: ['midonet show arp 10.1.0.10 02:00:00:00:00:01 --bridge red'],
    act: async (session, [address = '', mac = ''], options) => {
      const one = await session.client.arpTable.get(await arpRow(session, { address, mac }, options));
      session.show(one, (found) => session.fields(describe(found)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'arp <address> <mac>',
    summary: 'delete a seeded row',
    options: [BRIDGE],
    act: async (session, [address = '', mac = ''], options) => {
      await session.client.arpTable.remove(await arpRow(session, { address, mac }, options));
    },
  });
}
