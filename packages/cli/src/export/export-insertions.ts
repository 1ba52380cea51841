import type { Session } from '../session.ts';
import { compare, list, type Exported, type Part } from './exported.ts';

/** The services of the ports that are in the file. */
export async function exportInsertions(session: Session, from: Exported): Promise<readonly Part[] | undefined> {
  const parts: Part[] = [];
  const all = (await session.directory.l2Insertions())
    .map((one) => ({ one, port: from.port(one.portId) }))
    // By what the file calls the ports: several may have one name.
    .sort((a, b) => compare(`${a.port ?? ''} ${a.one.name}`, `${b.port ?? ''} ${b.one.name}`));
  for (const { one, port } of all) {
    if (port === undefined) continue;
    const { name, srvPortId, mac, vlan, position, failOpen } = one;
    const service = from.port(srvPortId);
    if (service === undefined) from.leave(`L2 insertion ${name}, whose service port is another tenant's`);
    else parts.push({ port, mac, service, vlan, position, failOpen });
  }
  return list(parts);
}
