import type { Session } from '../session.ts';
import { compare, list, type Exported, type Part } from './exported.ts';

/** The services of the ports that are in the file. */
export async function exportInsertions(session: Session, from: Exported): Promise<readonly Part[] | undefined> {
  const parts: Part[] = [];
  const all = [...(await session.directory.l2Insertions())].sort((a, b) => compare(a.name, b.name));
  for (const { name, portId, srvPortId, mac, vlan, position, failOpen } of all) {
    const port = from.port(portId);
    if (port === undefined) continue;
    const service = from.port(srvPortId);
    if (service === undefined) from.leave(`L2 insertion ${name}, whose service port is another tenant's`);
    else parts.push({ port, mac, service, vlan, position, failOpen });
  }
  return list(parts);
}
