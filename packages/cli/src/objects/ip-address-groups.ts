import { tenantOf } from '../access/tenant-reference.ts';
import { ipArgument } from '../arguments.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';

const CHAINS = [
  ['--inbound <chain>', 'a chain that belongs with it, as of a security group; none takes it off'],
  ['--outbound <chain>', 'likewise, for the other direction'],
] as const;

async function chainsOf(session: Session, options: Options) {
  const idOf = async (text: string | undefined): Promise<string | null | undefined> =>
    text === undefined ? undefined : text === 'none' ? null : (await session.directory.chain(text)).id;
  return {
    inboundChainId: await idOf(options.text('inbound')),
    outboundChainId: await idOf(options.text('outbound')),
  };
}

export function addIpAddressGroups(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'ip-address-group <name>',
    summary: 'create a set of addresses that rules can ask about',
    options: [['--tenant <tenant>', 'who owns it'], ...CHAINS],
    act: async (session, [name = ''], options) => {
      const body = { name, tenantId: await tenantOf(session, options), ...(await chainsOf(session, options)) };
      session.show(await session.client.ipAddrGroups.create({ body }), ({ id }) => id);
    },
  });
  addCommand(verbs.create, surroundings, {
    usage: 'ip-address <group> <addresses...>',
    summary: 'put addresses into a group, IPv4 or IPv6',
    examples: ['midonet create ip-address admins 192.0.2.7 2001:db8::7'],
    act: async (session, [group = '', ...words]) => {
      const { id } = await session.directory.ipAddrGroup(group);
      const addresses = words.map((text) => ipArgument('address', text));
      const made: object[] = [];
      for (const addr of addresses) made.push(await session.client.ipAddrGroupAddrs.create({ id, body: { addr } }));
      if (session.flags.json === true) session.show(made, () => '');
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'ip-address-groups',
    summary: 'list IP address groups',
    options: [['--tenant <tenant>', 'only of this owner']],
    act: async (session, _words, options) => {
      const found = await session.client.ipAddrGroups.list({ query: { tenant_id: await tenantOf(session, options) } });
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TENANT'],
          found.map((one) => [session.idText(one.id), one.name ?? '', one.tenantId ?? '']),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'ip-addresses <group>',
    summary: 'list the addresses of a group',
    act: async (session, [group = '']) => {
      const { id } = await session.directory.ipAddrGroup(group);
      session.show(await session.client.ipAddrGroupAddrs.list({ id }), (all) => all.map(({ addr }) => addr).join('\n'));
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'ip-address-group <group>',
    summary: 'show an IP address group with its addresses',
    act: async (session, [text = '']) => {
      const group = await session.directory.ipAddrGroup(text);
      const addresses = (await session.client.ipAddrGroupAddrs.list({ id: group.id })).map(({ addr }) => addr);
      session.show({ ...group, addresses }, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'ip-address-group <group>',
    summary: 'change an IP address group',
    options: [['--name <name>', 'a new name'], ['--tenant <tenant>', 'a new owner'], ...CHAINS],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.ipAddrGroup(text);
      const owner = { name: options.text('name'), tenantId: await tenantOf(session, options) };
      const body = { ...owner, ...(await chainsOf(session, options)) };
      session.show(await change(session.client.ipAddrGroups, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'ip-address-group <groups...>',
    summary: 'delete IP address groups',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.ipAddrGroup(text)));
      for (const { id } of found) await session.client.ipAddrGroups.remove({ id });
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'ip-address <group> <addresses...>',
    summary: 'take addresses out of a group',
    act: async (session, [group = '', ...words]) => {
      const { id } = await session.directory.ipAddrGroup(group);
      for (const addr of words.map((text) => ipArgument('address', text))) {
        await session.client.ipAddrGroupAddrs.remove({ id, version: addr.includes(':') ? '6' : '4', addr });
      }
    },
  });
}
