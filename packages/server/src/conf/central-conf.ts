import { confDefaults, confProblems, layeredConf, mergeConf, withoutNulls } from '@midonet/contract';
import { DEFAULT_TEMPLATE, type ConfNode, type ConfTemplate, type ConfTree, type HostId } from '@midonet/topology';
import type { Actor } from '../access/identity.ts';
import { badRequest, Refusal } from '../http/problem.ts';
import type { Services } from '../handlers/services.ts';
import { HoconError, parseHocon } from './hocon.ts';

type Documents = Pick<Services, 'reader' | 'writer'>;
type Document = ConfNode | ConfTemplate;

/** Settings of a body. Throws 400 that says where it is no HOCON. */
export function readSettings(body: string): ConfTree {
  try {
    return parseHocon(body);
  } catch (error) {
    if (!(error instanceof HoconError)) throw error;
    throw badRequest([{ property: 'body', message: `is not HOCON that can be read: ${error.message}` }]);
  }
}

/** The settings of a document with new ones over them. Throws 400 for values that the schemas do not take. */
export function mergedSettings(upper: ConfTree, lower: ConfTree): ConfTree {
  const problems = confProblems(upper);
  if (problems.length > 0) {
    throw badRequest(problems.map(({ key, message }) => ({ property: key, message })));
  }
  return withoutNulls(mergeConf(upper, lower));
}

/** What a host is given: its own settings, its template's, those of the default, the schemas'. */
export async function runtimeOf({ reader }: Pick<Services, 'reader'>, hostId: HostId): Promise<ConfTree> {
  const mapping = await reader.get('confMapping', hostId);
  const [own, mapped, shared] = await Promise.all([
    reader.get('confNode', hostId),
    mapping === undefined ? undefined : reader.get('confTemplate', mapping.template),
    reader.get('confTemplate', DEFAULT_TEMPLATE),
  ]);
  return layeredConf([own?.values, mapped?.values, shared?.values, confDefaults()]);
}

/** Changes a document, or makes it. `of` gets the one that is there and may throw a Refusal. */
export async function writeDocument<D extends Document>(
  { reader, writer }: Documents,
  id: string,
  of: (values: ConfTree) => D,
  author: Actor,
): Promise<D> {
  const fresh = of({});
  const change = (old: { readonly values: ConfTree }): Document => of(old.values);
  if ((await reader.get(fresh.kind, id)) === undefined) {
    try {
      return await writer.create(fresh, author);
    } catch (error) {
      // Somebody else made it meanwhile.
      if (!(error instanceof Refusal && error.status === 409)) throw error;
    }
  }
  return (await writer.update(fresh.kind, id, change, author)) as D;
}
