import { StoreError, type Revision } from '../../store.ts';
import type { Layout } from './layout.ts';
import { encodeRevision } from './record.ts';
import type { Connection } from './rpc/connection.ts';
import { put, ranges, unchanged } from './transactor.ts';

/** Raise it with a migration step when the layout changes. */
const FORMAT = 1;

/** Makes an empty store below the prefix, or checks that what is there is one that this program reads. */
export async function makeOrCheck(
  connection: Connection,
  layout: Layout,
  prefix: string,
  deadline: number,
): Promise<void> {
  const answer = await connection.ask(
    'KV.Txn',
    {
      compare: [unchanged(layout.head, 0), unchanged(layout.format, 0)],
      success: [
        put(layout.format, Buffer.from(String(FORMAT))),
        put(layout.head, encodeRevision(0 as Revision)), // brand: a store starts at revision 0
      ],
      failure: [{ request_range: { key: layout.format } }, { request_range: { key: layout.head } }],
    },
    deadline,
  );
  if (answer.succeeded) return;
  const [format, head] = ranges(answer).map((range) => range.kvs[0]?.value.toString('utf8'));
  if (format === undefined || head === undefined) {
    throw new StoreError('corrupt', `what is below ${prefix} in etcd is no whole store; restore a backup`);
  }
  if (Number(format) !== FORMAT) {
    throw new StoreError(
      'corrupt',
      `the store below ${prefix} in etcd has format ${format}, this program reads ${FORMAT}: use the program that wrote it`,
    );
  }
}
