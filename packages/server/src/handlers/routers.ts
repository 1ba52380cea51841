import {
  newPort,
  newRoute,
  newRouter,
  routerToDto,
  routeToDto,
  updateRouter,
  type Base,
  type RouterDto,
} from '@midonet/contract';
import type { Router, RouterId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { filtered, presented, Scan } from '../listing/scan.ts';
import { createPort, devicePorts, peerPorts } from './port-support.ts';
import { found, matches, newId, newMac, pathId, unwrap, type Services } from './services.ts';

export function routerHandlers(services: Services): Group<'routers'> {
  const { reader, writer } = services;
  const read = async (text: string) => found(await reader.get('router', pathId('router', text)), 'router', text);
  const toDto = async (router: Router, base: Base): Promise<RouterDto> => {
    const [portIds, routeIds, traceRequestIds, readOnly] = await Promise.all([
      reader.children('router', router.id, 'port'),
      reader.children('router', router.id, 'route'),
      reader.children('router', router.id, 'trace'),
      reader.readOnly(router),
    ]);
    return routerToDto(router, { portIds, routeIds, traceRequestIds }, base, readOnly);
  };
  return {
    list: ({ query, base }) => {
      const wanted = (one: Router) => matches(query, one.tenantId, one.name);
      const present = (one: Router) => toDto(one, base);
      return Promise.resolve(
        new Scan((after) => presented(filtered(reader.scan('router', undefined, after), wanted), present)),
      );
    },
    get: async ({ params, base }) => toDto(await read(params.id), base),
    create: async ({ body, base, author }) => {
      const router = await writer.create(newRouter(body, newId), author);
      return toDto(router, base);
    },
    update: async ({ params, body, base, author }) => {
      const id = pathId<RouterId>('router', params.id);
      return toDto(await writer.update('router', id, (old) => updateRouter(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('router', pathId('router', params.id), author);
      return undefined;
    },
    ports: async ({ params, base }) => {
      const router = await read(params.id);
      return devicePorts(services, 'router', router.id, base);
    },
    createPort: ({ params, body, base, author }) => {
      const routerId = pathId<RouterId>('router', params.id);
      const port = unwrap(newPort(body, { type: 'router', routerId }, { newId, newMac }));
      return createPort(services, { port, peerId: body.peerId ?? undefined, author, base });
    },
    peerPorts: async ({ params, base }) => {
      const router = await read(params.id);
      return peerPorts(services, 'router', router.id, base);
    },
    routes: async ({ params, base }) => {
      const router = await read(params.id);
      return new Scan((after) =>
        presented(reader.scanChildren('router', router.id, 'route', after), async (route) => routeToDto(route, base)),
      );
    },
    createRoute: async ({ params, body, base, author }) => {
      const route = unwrap(newRoute(body, pathId<RouterId>('router', params.id), newId));
      await writer.create(route, author);
      return routeToDto(route, base);
    },
  };
}

export function routeHandlers({ reader, writer }: Services): Group<'routes'> {
  return {
    get: async ({ params, base }) => {
      const route = found(await reader.get('route', pathId('route', params.id)), 'route', params.id);
      return routeToDto(route, base);
    },
    remove: async ({ params, author }) => {
      const id = pathId('route', params.id);
      await writer.remove('route', id, author);
      return undefined;
    },
  };
}
