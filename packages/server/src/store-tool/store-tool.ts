import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ETCD_FLAGS, ETCD_HELP, etcdPlace, openPlace, type StorePlace } from '../open-store.ts';
import { checkBackup, rowsOfBackup, writeBackup } from './backup-file.ts';
import { fillStore, rowsOf } from './fill-store.ts';

export const STORE_HELP = `midonet store: moves a topology between stores, and keeps it in a file

  midonet store copy --from PLACE --to PLACE
  midonet store backup --from PLACE FILE
  midonet store restore FILE --to PLACE [--at-least REVISION]

A PLACE is the state folder of a controller that does not run, or the word etcd:
the one that these name:
${ETCD_HELP}

What is written to must be empty. A restored store starts past the revision of
the backup; when agents have seen later ones (an agent logs the revision when it
connects), say the highest with --at-least.

Examples:
  midonet store copy --from /var/lib/midonet/controller --to etcd \\
    --etcd https://192.0.2.11:2379
  midonet store backup --from /var/lib/midonet/controller midonet.backup
  midonet store backup --from etcd --etcd https://192.0.2.11:2379 midonet.backup
  midonet store restore midonet.backup --to etcd --at-least 4711 \\
    --etcd https://192.0.2.11:2379 --etcd-prefix /midonet-2
`;

/** Runs one command; answers the line to print. Throws Error with what is wrong. */
export async function storeTool(argv: readonly string[]): Promise<string> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { from: text, to: text, 'at-least': text, help: { type: 'boolean', short: 'h' }, ...ETCD_FLAGS },
  });
  const [command, file, ...more] = positionals;
  if (values.help === true || command === undefined) return STORE_HELP;
  const etcd = etcdPlace(values);
  const place = (flag: 'from' | 'to'): StorePlace => {
    const said = values[flag];
    if (said === undefined) throw new Error(`midonet store ${command} needs --${flag}: a state folder, or etcd`);
    if (said !== 'etcd') {
      if (flag === 'from' && !existsSync(join(said, 'topology.db'))) throw new Error(`--from: ${said} has no store`);
      return { kind: 'embedded', stateDir: said };
    }
    if (etcd === undefined) throw new Error(`--${flag} etcd needs --etcd URL`);
    return etcd;
  };
  const path = (): string => {
    if (file === undefined || more.length > 0) throw new Error(`midonet store ${command} takes one file`);
    return file;
  };
  switch (command) {
    case 'copy': {
      if (file !== undefined) throw new Error(`unexpected '${file}'`);
      if (values.from === values.to) throw new Error('--from and --to are the same; use backup and restore');
      const to = place('to');
      return withStore(place('from'), async (source) => {
        const revision = await source.revision();
        const count = await withStore(to, (target) => fillStore(target, rowsOf(source, revision), revision));
        return `copied ${count} entries as of revision ${revision}\n`;
      });
    }
    case 'backup':
      return withStore(place('from'), async (source) => {
        const revision = await source.revision();
        const count = await writeBackup(path(), revision, rowsOf(source, revision));
        return `${path()}: ${count} entries as of revision ${revision}\n`;
      });
    case 'restore': {
      const least = Number(values['at-least'] ?? 0);
      if (!Number.isSafeInteger(least) || least < 0) throw new Error('--at-least: a revision is a whole number');
      const revision = Math.max(least, await checkBackup(path()));
      const count = await withStore(place('to'), (target) => fillStore(target, rowsOfBackup(path()), revision));
      return `restored ${count} entries from ${path()}\n`;
    }
    default:
      throw new Error(`unknown command '${command}'; there are copy, backup and restore`);
  }
}

async function withStore<T>(
  place: StorePlace,
  work: (store: Awaited<ReturnType<typeof openPlace>>) => Promise<T>,
): Promise<T> {
  const store = await openPlace(place);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
