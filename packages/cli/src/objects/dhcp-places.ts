import { missing } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { Options } from '../verbs.ts';
import { subnetSegment } from './dhcp.ts';

type OnBridge = { readonly id: string };
type InSubnet = OnBridge & { readonly subnet: string };
type Found<Host> = { readonly host: Host; readonly prefix: string; readonly path: InSubnet };

/** The hosts of a bridge with the subnets that they are in; of all its subnets unless one is named. */
export async function hostsInSubnets<Host>(
  session: Session,
  options: Options,
  from: {
    readonly subnets: (bridge: OnBridge) => Promise<readonly string[]>;
    readonly hosts: (subnet: InSubnet) => Promise<readonly Host[]>;
  },
): Promise<Found<Host>[]> {
  const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
  const named = options.text('subnet');
  const subnets = named === undefined ? await from.subnets({ id }) : [named];
  const lists = subnets.map(async (prefix) => {
    const path = { id, subnet: subnetSegment(prefix) };
    return (await from.hosts(path)).map((host) => ({ host, prefix, path }));
  });
  return (await Promise.all(lists)).flat();
}

/** Where the one host is that was found; `what` and `name` are for who must be told that it is none or several. */
export function placeOfOne(found: readonly Found<unknown>[], what: string, name: string, options: Options): InSubnet {
  const [only] = found;
  if (only === undefined) throw missing(`no ${what} ${name} on bridge ${options.text('bridge')}`);
  if (found.length > 1) {
    throw missing(`${name} is in ${found.map(({ prefix }) => prefix).join(' and ')}; say which by --subnet`);
  }
  return only.path;
}
