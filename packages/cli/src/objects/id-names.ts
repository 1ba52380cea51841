import type { Session } from '../session.ts';
import type { NameOf } from '../trace/render.ts';
import { nameOf, shortId } from './directory.ts';
import { placeText } from './place-text.ts';

/** What the controller puts for what it does not show. */
const NOT_YOURS = '00000000-0000-0000-0000-000000000000';

/**
 * Names for ids in what is printed; what has no name is shown by the beginning of its id. Rules are
 * named by chain and place, as on the command line.
 */
export async function idNames(session: Session): Promise<NameOf> {
  const { directory } = session;
  const all = await Promise.all([
    directory.bridges(),
    directory.routers(),
    directory.ports(),
    directory.hosts(),
    directory.chains(),
    directory.portGroups(),
    directory.ipAddrGroups(),
    directory.loadBalancers(),
    directory.pools(),
    directory.poolMembers(),
    directory.vips(),
    directory.healthMonitors(),
    directory.qosPolicies(),
    directory.mirrors(),
    directory.l2Insertions(),
    directory.traceRequests(),
    directory.loggingResources(),
    directory.ruleLoggers(),
  ]);
  const names = new Map<string, string>();
  for (const one of all.flat()) if (nameOf(one) !== '') names.set(one.id, nameOf(one));
  for (const vip of await directory.vips()) if (!names.has(vip.id)) names.set(vip.id, placeText(vip));
  for (const chain of await directory.chains()) {
    const name = nameOf(chain) || shortId(chain.id);
    for (const [index, id] of chain.ruleIds.entries()) names.set(id, `${name}:${index + 1}`);
  }
  names.set(NOT_YOURS, 'not yours');
  return (id) => names.get(id) ?? shortId(id);
}
