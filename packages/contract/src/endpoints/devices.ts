import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import { bridgeDto, bridgeInput } from '../resources/bridge.ts';
import { portDto, portInput, portLinkDto, portLinkInput } from '../resources/port.ts';
import { routeDto, routeInput } from '../resources/route.ts';
import { routerDto, routerInput } from '../resources/router.ts';

const BRIDGE = ['Bridge', 4, 5] as const;
const ROUTER = ['Router', 3] as const;
const PORT = ['Port', 3, 4] as const;
const PORT_LINK = ['PortLink', 1] as const;
const ROUTE = ['Route', 1] as const;
const FILTERS = ['tenant_id', 'name'] as const;

export const bridges = {
  list: listEndpoint('/bridges', { summary: 'List bridges', media: BRIDGE, response: bridgeDto, query: FILTERS }),
  create: postEndpoint('/bridges', {
    summary: 'Create a bridge',
    media: BRIDGE,
    request: bridgeInput,
    response: bridgeDto,
  }),
  get: getEndpoint('/bridges/{id}', { summary: 'Show a bridge', media: BRIDGE, response: bridgeDto }),
  update: putEndpoint('/bridges/{id}', {
    summary: 'Change a bridge',
    media: BRIDGE,
    request: bridgeInput,
    response: bridgeDto,
  }),
  remove: deleteEndpoint('/bridges/{id}', { summary: 'Delete a bridge with its ports and DHCP', media: BRIDGE }),
  ports: listEndpoint('/bridges/{id}/ports', { summary: "List a bridge's ports", media: PORT, response: portDto }),
  createPort: postEndpoint('/bridges/{id}/ports', {
    summary: 'Create a bridge port',
    media: PORT,
    request: portInput,
    response: portDto,
  }),
  peerPorts: listEndpoint('/bridges/{id}/peer_ports', {
    summary: "List the far ends of a bridge's linked ports",
    media: PORT,
    response: portDto,
  }),
} as const;

export const routers = {
  list: listEndpoint('/routers', { summary: 'List routers', media: ROUTER, response: routerDto, query: FILTERS }),
  create: postEndpoint('/routers', {
    summary: 'Create a router',
    media: ROUTER,
    request: routerInput,
    response: routerDto,
  }),
  get: getEndpoint('/routers/{id}', { summary: 'Show a router', media: ROUTER, response: routerDto }),
  update: putEndpoint('/routers/{id}', {
    summary: 'Change a router',
    media: ROUTER,
    request: routerInput,
    response: routerDto,
  }),
  remove: deleteEndpoint('/routers/{id}', { summary: 'Delete a router with its ports and routes', media: ROUTER }),
  ports: listEndpoint('/routers/{id}/ports', { summary: "List a router's ports", media: PORT, response: portDto }),
  createPort: postEndpoint('/routers/{id}/ports', {
    summary: 'Create a router port',
    media: PORT,
    request: portInput,
    response: portDto,
  }),
  peerPorts: listEndpoint('/routers/{id}/peer_ports', {
    summary: "List the far ends of a router's linked ports",
    media: PORT,
    response: portDto,
  }),
  routes: listEndpoint('/routers/{id}/routes', { summary: "List a router's routes", media: ROUTE, response: routeDto }),
  createRoute: postEndpoint('/routers/{id}/routes', {
    summary: 'Add a route',
    media: ROUTE,
    request: routeInput,
    response: routeDto,
  }),
} as const;

export const routes = {
  get: getEndpoint('/routes/{id}', { summary: 'Show a route', media: ROUTE, response: routeDto }),
  remove: deleteEndpoint('/routes/{id}', { summary: 'Delete a route', media: ROUTE }),
} as const;

export const ports = {
  list: listEndpoint('/ports', {
    summary: 'List ports of all devices',
    media: PORT,
    response: portDto,
    query: ['host_id'],
  }),
  get: getEndpoint('/ports/{id}', { summary: 'Show a port', media: PORT, response: portDto }),
  update: putEndpoint('/ports/{id}', {
    summary: 'Change, bind or link a port; nulls never unbind or unlink',
    media: PORT,
    request: portInput,
    response: portDto,
  }),
  remove: deleteEndpoint('/ports/{id}', { summary: 'Delete a port with its routes', media: PORT }),
  showLink: getEndpoint('/ports/{id}/link', {
    summary: 'Show what a port is linked to',
    media: PORT_LINK,
    response: portLinkDto,
  }),
  link: postEndpoint('/ports/{id}/link', {
    summary: 'Link two ports',
    media: PORT_LINK,
    request: portLinkInput,
    response: portLinkDto,
  }),
  unlink: deleteEndpoint('/ports/{id}/link', { summary: 'Unlink a port from its peer', media: PORT_LINK }),
} as const;
