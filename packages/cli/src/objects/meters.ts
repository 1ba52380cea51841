import { table } from '../output/table.ts';
import { addCommand, type Verbs } from '../verbs.ts';

export function addMeters(verbs: Verbs): void {
  addCommand(verbs.list, verbs.surroundings, {
    usage: 'meters',
    summary: 'list what rules with a meter applied to, on all hosts',
    examples: ['midonet list meters', 'midonet list meters -o json'],
    act: async (session) => {
      const meters = await session.client.meters.list();
      const rows = meters.map(({ name, tenantId, packets, bytes, hosts }) => [
        name,
        tenantId,
        String(packets),
        String(bytes),
        String(hosts),
      ]);
      session.show(meters, () => table(['METER', 'TENANT', 'PACKETS', 'BYTES', 'HOSTS'], rows, session.width));
    },
  });
}
