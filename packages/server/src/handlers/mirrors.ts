import { mirrorToDto, newMirror, updateMirror, type MirrorUsers } from '@midonet/contract';
import type { Bridge, Mirror, MirrorId, MirrorPlace, Port, Router } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import type { Reader } from '../topology/reader.ts';
import { found, newId, pathId, unwrap, type Services } from './services.ts';

type Shown = Bridge | Router | Port;

/** What MidoNet calls the places, by who shows packets there. */
const USES: { readonly [K in Shown['kind']]: { readonly [P in MirrorPlace]?: keyof MirrorUsers } } = {
  bridge: { inboundMirrorIds: 'networkInboundIds', outboundMirrorIds: 'networkOutboundIds' },
  router: { inboundMirrorIds: 'routerInboundIds', outboundMirrorIds: 'routerOutboundIds' },
  port: {
    inboundMirrorIds: 'portInboundIds',
    outboundMirrorIds: 'portOutboundIds',
    postInFilterMirrorIds: 'portPostInFilterIds',
    preOutFilterMirrorIds: 'portPreOutFilterIds',
  },
};

/** The users of one mirror: costs what they are. */
async function usersOf(reader: Reader, id: MirrorId): Promise<MirrorUsers> {
  const users = await Promise.all([
    reader.childObjects('mirror', id, 'bridge'),
    reader.childObjects('mirror', id, 'router'),
    reader.childObjects('mirror', id, 'port'),
  ]);
  const found: { [K in keyof MirrorUsers]: string[] } = {
    networkInboundIds: [],
    networkOutboundIds: [],
    routerInboundIds: [],
    routerOutboundIds: [],
    portInboundIds: [],
    portOutboundIds: [],
    portPostInFilterIds: [],
    portPreOutFilterIds: [],
  };
  for (const user of users.flat()) {
    for (const [place, use] of Object.entries(USES[user.kind])) {
      const ids: unknown = Reflect.get(user, place);
      if (Array.isArray(ids) && ids.includes(id)) found[use].push(user.id);
    }
  }
  return found;
}

export function mirrorHandlers({ reader, writer }: Services): Group<'mirrors'> {
  const present = async (mirror: Mirror, base: Parameters<typeof mirrorToDto>[2]) =>
    mirrorToDto(mirror, await usersOf(reader, mirror.id), base);
  return {
    list: async ({ base }) => {
      const mirrors = await reader.list('mirror');
      return Promise.all(mirrors.map((one) => present(one, base)));
    },
    get: async ({ params, base }) =>
      present(found(await reader.get('mirror', pathId('mirror', params.id)), 'mirror', params.id), base),
    create: async ({ body, base, author }) =>
      present(await writer.create(unwrap(newMirror(body, newId)), author), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<MirrorId>('mirror', params.id);
      return present(await writer.update('mirror', id, (old) => unwrap(updateMirror(old, body)), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('mirror', pathId('mirror', params.id), author);
      return undefined;
    },
  };
}
