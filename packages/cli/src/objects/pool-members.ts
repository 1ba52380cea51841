import type { PoolMemberDto } from '@midonet/contract';
import { numberArgument } from '../arguments.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { idNames } from './id-names.ts';
import { memberState } from './load-balancers.ts';
import { placeArgument, placeText } from './place-text.ts';

const MAX_WEIGHT = 256;

function weightOf(options: Options): number | undefined {
  const text = options.text('weight');
  return text === undefined ? undefined : numberArgument('--weight', text, 0, MAX_WEIGHT);
}

export function addPoolMembers(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'pool-member <pool> <places...>',
    summary: 'put servers into a pool, as address:port',
    options: [
      ['--weight <number>', `share of new connections, 0 to ${MAX_WEIGHT}, 1 by default`],
      ['--down', 'administratively down'],
    ],
    examples: ['midonet create pool-member web 10.0.0.2:80 10.0.0.3:80 --weight 2'],
    act: async (session, [text = '', ...words], options) => {
      const { id } = await session.directory.pool(text);
      const [weight, adminStateUp] = [weightOf(options), !options.flag('down')];
      const places = words.map((word) => placeArgument('place', word));
      const made: PoolMemberDto[] = [];
      for (const place of places) {
        made.push(await session.client.pools.createMember({ id, body: { ...place, weight, adminStateUp } }));
      }
      session.show(made, () => made.map((one) => one.id).join('\n'));
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'pool-members',
    summary: 'list the members of pools',
    options: [['--pool <pool>', 'only of this pool']],
    act: async (session, _words, options) => {
      const text = options.text('pool');
      const pool = text === undefined ? undefined : await session.directory.pool(text);
      const { poolMembers, pools } = session.client;
      const found = pool === undefined ? await poolMembers.list() : await pools.members({ id: pool.id });
      const names = await idNames(session);
      session.show(found, () =>
        table(
          ['ID', 'POOL', 'PLACE', 'WEIGHT', 'STATE'],
          found.map((one) => [
            ...[session.idText(one.id), names(one.poolId), placeText(one)],
            ...[String(one.weight), memberState(one)],
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'pool-member <member>',
    summary: 'show a member, named like web/10.0.0.2:80 or by its id',
    examples: ['midonet show pool-member web/10.0.0.2:80'],
    act: async (session, [text = '']) => {
      const { name: _name, ...member } = await session.directory.poolMember(text);
      session.show(member, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'pool-member <member>',
    summary: 'change a member; one that is down keeps its connections and gets no new ones',
    options: [
      ['--weight <number>', `share of new connections, 0 to ${MAX_WEIGHT}`],
      ['--place <place>', 'a new address and port'],
      ['--up', 'administratively up'],
      ['--down', 'administratively down'],
    ],
    examples: ['midonet update pool-member web/10.0.0.2:80 --down', 'midonet update pool-member 3f2a --weight 10'],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.poolMember(text);
      const given = options.text('place');
      const place = given === undefined ? {} : placeArgument('--place', given);
      const body = { ...place, weight: weightOf(options), adminStateUp: options.adminState() };
      session.show(await change(session.client.poolMembers, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'pool-member <members...>',
    summary: 'take members out of their pools',
    examples: ['midonet delete pool-member web/10.0.0.2:80'],
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.poolMember(text)));
      for (const { id } of found) await session.client.poolMembers.remove({ id });
    },
  });
}
