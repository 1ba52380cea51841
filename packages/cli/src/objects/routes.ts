import { cidrArgument, ipArgument, networkOf, numberArgument } from '../arguments.ts';
import { missing, usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Verbs } from '../verbs.ts';
import type { RouteDto } from '@midonet/contract';

export function addRoutes(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'route',
    summary: 'add a route to a router',
    options: [
      ['--router <router>', 'the router'],
      ['--to <prefix>', 'destination'],
      ['--from <prefix>', 'source, everything by default'],
      ['--port <port>', 'the router port it leaves through'],
      ['--via <address>', 'the next hop behind that port; without it the destination itself'],
      ['--blackhole', 'drop silently'],
      ['--reject', 'drop and say so by ICMP'],
      ['--weight <number>', 'lower wins, 100 by default'],
    ],
    examples: [
      'midonet create route --router edge --to 0.0.0.0/0 --port uplink --via 192.0.2.1',
      'midonet create route --router edge --to 10.66.0.0/16 --reject',
    ],
    act: async (session, _words, options) => {
      const router = await session.directory.router(options.required('router', '--router'));
      const to = networkOf(cidrArgument('--to', options.required('to', '--to')));
      const from = options.text('from');
      const source = from === undefined ? undefined : networkOf(cidrArgument('--from', from));
      const [port, via, weight] = [options.text('port'), options.text('via'), options.text('weight')];
      const drops = options.flag('blackhole') || options.flag('reject');
      if (drops && (port !== undefined || via !== undefined)) {
        throw usageError('--blackhole and --reject take neither --port nor --via');
      }
      if (!drops && port === undefined) throw usageError('--port is required: where does the route lead?');
      const body = {
        type: options.flag('blackhole') ? 'BlackHole' : options.flag('reject') ? 'Reject' : 'Normal',
        dstNetworkAddr: to.address,
        dstNetworkLength: to.length,
        srcNetworkAddr: source?.address,
        srcNetworkLength: source?.length,
        nextHopPort: port === undefined ? undefined : (await session.directory.port(port)).id,
        nextHopGateway: via === undefined ? undefined : ipArgument('--via', via),
        weight: weight === undefined ? undefined : numberArgument('--weight', weight, 0, 0x7fffffff),
      };
      session.show(await session.client.routers.createRoute({ id: router.id, body }), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'routes',
    summary: 'list the routes of a router, or of all',
    options: [['--router <router>', 'only of this router']],
    examples: ['midonet list routes --router edge'],
    act: async (session, _words, options) => {
      const router = options.text('router');
      const found = await routesOf(session, router);
      if (session.flags.json === true) session.show(found, String);
      else
        session.print(
          table(ROUTE_HEADINGS, await Promise.all(found.map((one) => routeRow(session, one))), session.width),
        );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'route <route>',
    summary: 'show a route, by its id or the beginning of it',
    act: async (session, [text = '']) => {
      session.show(await findRoute(session, text), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'route <routes...>',
    summary: 'delete routes, by id or the beginning of it',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => findRoute(session, text)));
      for (const { id } of found) await session.client.routes.remove({ id });
    },
  });
}

async function routesOf(session: Session, router: string | undefined): Promise<readonly RouteDto[]> {
  const routers = router === undefined ? await session.directory.routers() : [await session.directory.router(router)];
  return (await Promise.all(routers.map(({ id }) => session.client.routers.routes({ id })))).flat();
}

export async function findRoute(session: Session, text: string): Promise<RouteDto> {
  if (text.length === 36) return session.client.routes.get({ id: text });
  const found = (await routesOf(session, undefined)).filter(({ id }) => id.startsWith(text.toLowerCase()));
  const [only] = found;
  if (only === undefined) throw missing(`no route "${text}"; list them with: midonet list routes`);
  if (found.length > 1) throw missing(`"${text}" begins ${found.length} route ids; give more of it`);
  return only;
}

export const ROUTE_HEADINGS = ['ID', 'ROUTER', 'TYPE', 'TO', 'FROM', 'VIA', 'PORT', 'WEIGHT'];

export async function routeRow(session: Session, route: RouteDto): Promise<string[]> {
  return [
    session.idText(route.id),
    await session.directory.label('router', route.routerId),
    route.learned ? `${route.type} (learned)` : route.type,
    `${route.dstNetworkAddr}/${route.dstNetworkLength}`,
    route.srcNetworkLength === 0 ? 'any' : `${route.srcNetworkAddr}/${route.srcNetworkLength}`,
    route.nextHopGateway ?? '',
    await session.directory.label('port', route.nextHopPort),
    String(route.weight),
  ];
}
