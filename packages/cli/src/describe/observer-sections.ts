import { idNames } from '../objects/id-names.ts';
import type { Session } from '../session.ts';
import { section, type Section } from './section.ts';

const PLACES = {
  inboundMirrorIds: 'inbound',
  postInFilterMirrorIds: 'behind the inbound filter',
  preOutFilterMirrorIds: 'before the outbound filter',
  outboundMirrorIds: 'outbound',
} as const;

type Observed = { readonly id: string } & Readonly<Record<string, unknown>>;
type Shown = { readonly of: string; readonly place: string; readonly mirrorId: string };

/** Who looks on at these devices and ports, or stands in their way: mirrors, L2 insertions, trace requests. */
export async function observerSections(session: Session, objects: readonly Observed[]): Promise<Section[]> {
  const { directory } = session;
  const names = await idNames(session);
  const ids = new Set(objects.map(({ id }) => id));
  const mirrors = new Map((await directory.mirrors()).map((one) => [one.id, one]));
  const insertions = (await directory.l2Insertions()).filter(
    ({ portId, srvPortId }) => ids.has(portId) || ids.has(srvPortId),
  );
  const traces = (await directory.traceRequests()).filter(({ deviceId }) => ids.has(deviceId));
  return [
    section('mirrors', ['OF', 'PLACE', 'MIRROR', 'COPIES GO TO'], shownBy(objects), ({ of, place, mirrorId }) => [
      names(of),
      place,
      names(mirrorId),
      names(mirrors.get(mirrorId)?.toPortId ?? ''),
    ]),
    section('L2 insertions', ['PORT', 'MAC', 'SERVICE', 'POSITION', 'VLAN', 'FAILS'], insertions, (one) => [
      names(one.portId),
      one.mac,
      names(one.srvPortId),
      String(one.position),
      one.vlan === 0 ? '' : String(one.vlan),
      one.failOpen ? 'open' : 'closed',
    ]),
    section('trace requests', ['NAME', 'OF', 'ENABLED'], traces, (one) => [
      one.name,
      names(one.deviceId),
      one.enabled ? 'yes' : 'no',
    ]),
  ];
}

/** Where these show packets to which mirrors. */
export function shownBy(objects: readonly Observed[]): Shown[] {
  return objects.flatMap((object) =>
    Object.entries(PLACES).flatMap(([field, place]) => {
      const ids = object[field];
      return Array.isArray(ids) ? ids.map((id) => ({ of: object.id, place, mirrorId: String(id) })) : [];
    }),
  );
}
