import type { Command } from 'commander';
import { stringify } from 'yaml';
import { tenantOf } from '../access/tenant-reference.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { exportCloud, exportTopology } from './export-topology.ts';
import type { Part } from './exported.ts';

export function addExport(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'export',
    summary: 'write the whole live topology as a file for apply, a document for each tenant',
    options: [
      ['--tenant <tenant>', 'of this tenant alone'],
      ['--without-hosts', 'leave out what is about hosts: tunnel zones and bindings'],
    ],
    examples: [
      'midonet export > topology.yaml',
      'midonet export --tenant acme --without-hosts',
      'midonet export --at 2h',
    ],
    act: async (session, _words, options) => {
      const tenant = await tenantOf(session, options);
      const hosts = !options.flag('withoutHosts');
      const { documents, left } = await exported(session, tenant, hosts);
      session.print(session.flags.json === true ? asJson(documents) : asYaml(documents));
      for (const what of left) session.note(`not in the file: ${what}`);
    },
  });
}

type Exports = { readonly documents: readonly Part[]; readonly left: readonly string[] };

async function exported(session: Session, tenant: string | undefined, hosts: boolean): Promise<Exports> {
  if (tenant === undefined) return exportCloud(session, hosts);
  const { document, left } = await exportTopology(session, { tenant, hosts });
  return { documents: [document], left };
}

/** One is itself, several are a list. */
function asJson(documents: readonly Part[]): string {
  return JSON.stringify(documents.length === 1 ? documents[0] : documents, undefined, 2);
}

function asYaml(documents: readonly Part[]): string {
  return documents.map((one) => stringify(one, { lineWidth: 120 }).trimEnd()).join('\n---\n');
}
