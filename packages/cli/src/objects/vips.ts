import { usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { idNames } from './id-names.ts';
import { placeArgument, placeText } from './place-text.ts';

/** `source-ip` as the API has it; `none` is null. */
function stickyOf(options: Options): 'SOURCE_IP' | null | undefined {
  const text = options.text('sticky');
  if (text === undefined) return undefined;
  if (text === 'source-ip') return 'SOURCE_IP';
  if (text === 'none') return null;
  throw usageError(`--sticky: "${text}" is neither source-ip nor none`);
}

export function addVips(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'vip <pool> <place>',
    summary: 'create a virtual address and port that leads to a pool',
    options: [
      ['--name <name>', 'its name'],
      ['--sticky <how>', 'source-ip: all connections of a client go to one member'],
      ['--down', 'administratively down'],
    ],
    examples: ['midonet create vip web 203.0.113.10:80 --name front --sticky source-ip'],
    act: async (session, [text = '', place = ''], options) => {
      const { id } = await session.directory.pool(text);
      const body = {
        ...placeArgument('place', place),
        name: options.text('name'),
        sessionPersistence: stickyOf(options),
        adminStateUp: !options.flag('down'),
      };
      session.show(await session.client.pools.createVip({ id, body }), (one) => one.id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'vips',
    summary: 'list virtual addresses',
    options: [['--balancer <balancer>', 'only of this load balancer']],
    act: async (session, _words, options) => {
      const text = options.text('balancer');
      const of = text === undefined ? undefined : (await session.directory.loadBalancer(text)).id;
      const found = (await session.client.vips.list()).filter((one) => of === undefined || one.loadBalancerId === of);
      const names = await idNames(session);
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'BALANCER', 'PLACE', 'POOL', 'STICKY', 'STATE'],
          found.map((one) => [
            ...[session.idText(one.id), one.name ?? '', names(one.loadBalancerId), placeText(one), names(one.poolId)],
            one.sessionPersistence === null ? '' : 'source-ip',
            one.adminStateUp ? 'up' : 'down',
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'vip <vip>',
    summary: 'show a virtual address, named by its name, its id or like 203.0.113.10:80',
    examples: ['midonet show vip front'],
    act: async (session, [text = '']) => {
      session.show(await session.directory.vip(text), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'vip <vip>',
    summary: 'change a virtual address',
    options: [
      ['--name <name>', 'a new name'],
      ['--place <place>', 'a new address and port'],
      ['--pool <pool>', 'another pool of the load balancer'],
      ['--sticky <how>', 'source-ip, or none'],
      ['--up', 'administratively up'],
      ['--down', 'administratively down: what it balances passes as if it were not there'],
    ],
    examples: ['midonet update vip front --pool web', 'midonet update vip front --sticky none'],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.vip(text);
      const [place, pool] = [options.text('place'), options.text('pool')];
      const body = {
        ...(place === undefined ? {} : placeArgument('--place', place)),
        name: options.text('name'),
        poolId: pool === undefined ? undefined : (await session.directory.pool(pool)).id,
        sessionPersistence: stickyOf(options),
        adminStateUp: options.adminState(),
      };
      session.show(await change(session.client.vips, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'vip <vips...>',
    summary: 'delete virtual addresses',
    examples: ['midonet delete vip front'],
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.vip(text)));
      for (const { id } of found) await session.client.vips.remove({ id });
    },
  });
}
