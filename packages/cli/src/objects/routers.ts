import { tenantOf } from '../access/tenant-reference.ts';
import { numberArgument } from '../arguments.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { ROUTER_FILTER_OPTIONS, routerFilterBody } from './filters.ts';
import { MIRROR_OPTIONS, mirrorBody } from './mirrored.ts';
import { SHARED_OPTIONS, sharedBody, stateText } from './shared.ts';

function asNumber(options: Options): number | undefined {
  const text = options.text('as');
  return text === undefined ? undefined : numberArgument('--as', text, 0, 0xffffffff);
}

export function addRouters(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'router <name>',
    summary: 'create a virtual router',
    options: [
      ['--tenant <tenant>', 'who owns it'],
      ['--as <number>', 'its autonomous system'],
      ['--down', 'administratively down'],
      ...SHARED_OPTIONS,
      ...ROUTER_FILTER_OPTIONS,
      ...MIRROR_OPTIONS,
    ],
    examples: ['midonet create router edge --tenant acme'],
    act: async (session, [name = ''], options) => {
      const body = {
        name,
        tenantId: await tenantOf(session, options),
        asNumber: asNumber(options),
        adminStateUp: !options.flag('down'),
        ...sharedBody(options),
        ...(await routerFilterBody(session, options)),
        ...(await mirrorBody(session, options)),
      };
      session.show(await session.client.routers.create({ body }), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'routers',
    summary: 'list virtual routers',
    options: [['--tenant <tenant>', 'only of this owner']],
    act: async (session, _words, options) => {
      const found = await session.client.routers.list({ query: { tenant_id: await tenantOf(session, options) } });
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TENANT', 'STATE', 'PORTS', 'ROUTES'],
          found.map((one) => [
            session.idText(one.id),
            one.name ?? '',
            one.tenantId ?? '',
            stateText(one),
            String(one.portIds.length),
            String(one.routeIds.length),
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'router <router>',
    summary: 'show a virtual router',
    act: async (session, [text = '']) => {
      const found = await session.directory.router(text);
      session.show(found, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'router <router>',
    summary: 'change a virtual router',
    options: [
      ['--name <name>', 'a new name'],
      ['--tenant <tenant>', 'a new owner'],
      ['--as <number>', 'its autonomous system'],
      ['--up', 'administratively up'],
      ['--down', 'administratively down'],
      ...SHARED_OPTIONS,
      ...ROUTER_FILTER_OPTIONS,
      ...MIRROR_OPTIONS,
    ],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.router(text);
      const body = {
        name: options.text('name'),
        tenantId: await tenantOf(session, options),
        asNumber: asNumber(options),
        adminStateUp: options.adminState(),
        ...sharedBody(options),
        ...(await routerFilterBody(session, options)),
        ...(await mirrorBody(session, options)),
      };
      session.show(await change(session.client.routers, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'router <routers...>',
    summary: 'delete virtual routers with their ports and routes',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.router(text)));
      for (const { id } of found) await session.client.routers.remove({ id });
    },
  });
}
