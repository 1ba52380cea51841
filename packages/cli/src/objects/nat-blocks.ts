import { ApiError, type NatPoolDto } from '@midonet/contract';
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
      for (const { deviceId, address, free, hosts, exhaustedAt } of pools) {
        const device = await deviceName(session, deviceId);
        for (const { hostId, blocks } of hosts) {
          const host = await session.directory.label('host', hostId);
          rows.push([device, address, String(free), host, String(blocks.length), portsOf(blocks), exhaustedAt ?? '']);
        }
      }
      session.show(pools, () =>
        table(['DEVICE', 'ADDRESS', 'FREE BLOCKS', 'HOST', 'BLOCKS', 'PORTS', 'EXHAUSTED'], rows, session.width),
      );
    },
  });
}

/** What is leased fast but is still half there is a cloud that grows; within a day somebody should do something. */
const HALF = 512;
const SOON_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Addresses of which hosts will soon get no more ports, for `midonet status`. Tenants are not told. */
export async function shortOfPorts(session: Session): Promise<string[]> {
  const pools = await session.client.natPools.list().catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 403) return [];
    throw error;
  });
  const now = Date.now();
  const short = pools.flatMap((pool) => {
    const left = shortage(pool, now);
    return left === undefined ? [] : [{ pool, left }];
  });
  return Promise.all(
    short.map(async ({ pool: { deviceId, address }, left }) => {
      return `${await deviceName(session, deviceId)}, ${address}: ${left}; give the NAT rule more addresses`;
    }),
  );
}

/** What is to be said of an address whose ports run short or soon will; undefined when all is well. */
export function shortage({ free, exhaustedAt }: NatPoolDto, now: number): string | undefined {
  if (free === 0) return 'all its ports are leased';
  const leftMs = exhaustedAt === null ? Infinity : Date.parse(exhaustedAt) - now;
  const isSoon = free < HALF && leftMs < SOON_MS;
  if (free >= FEW_BLOCKS && !isSoon) return undefined;
  const hours = Math.round(leftMs / HOUR_MS);
  const when = hours < 1 ? 'within the hour' : `in about ${hours} hour${hours === 1 ? '' : 's'}`;
  const forecast = isSoon ? `, and none is left ${when} at the pace of the last hour` : '';
  return `only ${free} of 1024 blocks of its ports are not leased${forecast}`;
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
