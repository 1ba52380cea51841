import { ApiError } from '@midonet/contract';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, type Verbs } from '../verbs.ts';
import { shortId } from './directory.ts';

const BLOCK_SIZE = 64;
/** Of 1024: less than a tenth. */
const FEW_BLOCKS = 103;

export function addNatBlocks(verbs: Verbs): void {
  addCommand(verbs.list, verbs.surroundings, {
    usage: 'nat-blocks',
    summary: 'list which hosts lease which ports of addresses that sources are translated to',
    act: async (session) => {
      const pools = await session.client.natPools.list();
      const rows: string[][] = [];
      for (const { deviceId, address, free, hosts } of pools) {
        const device = await deviceName(session, deviceId);
        for (const { hostId, blocks } of hosts) {
          const host = await session.directory.label('host', hostId);
          rows.push([device, address, String(free), host, String(blocks.length), portsOf(blocks)]);
        }
      }
      session.show(pools, () =>
        table(['DEVICE', 'ADDRESS', 'FREE BLOCKS', 'HOST', 'BLOCKS', 'PORTS'], rows, session.width),
      );
    },
  });
}

/** Addresses of which hosts will soon get no more ports, for `midonet status`. Tenants are not told. */
export async function shortOfPorts(session: Session): Promise<string[]> {
  const pools = await session.client.natPools.list().catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 403) return [];
    throw error;
  });
  const short = pools.filter(({ free }) => free < FEW_BLOCKS);
  return Promise.all(
    short.map(async ({ deviceId, address, free }) => {
      const left = free === 0 ? 'all its ports are leased' : `only ${free} of 1024 blocks of its ports are not leased`;
      return `${await deviceName(session, deviceId)}, ${address}: ${left}; give the NAT rule more addresses`;
    }),
  );
}

async function deviceName(session: Session, id: string): Promise<string> {
  const router = await session.directory.label('router', id);
  return router === shortId(id) ? session.directory.label('bridge', id) : router;
}

/** `1024-1151 6400-6463`: blocks that follow each other as one range. */
export function portsOf(blocks: readonly number[]): string {
  const ranges: [from: number, to: number][] = [];
  for (const block of blocks) {
    const last = ranges.at(-1);
    const from = block * BLOCK_SIZE;
    if (last !== undefined && last[1] + 1 === from) last[1] = from + BLOCK_SIZE - 1;
    else ranges.push([from, from + BLOCK_SIZE - 1]);
  }
  return ranges.map(([from, to]) => `${from}-${to}`).join(' ');
}
