import { fieldsOf, requiredOf, type Endpoint, type Patchable } from '@midonet/contract';
import type { HandlerTable } from '../access/handler-table.ts';
import type { DraftStore } from '../draft/draft-store.ts';
import { checkPrecondition, currentOf, preconditionOf, type Current } from './conditional.ts';
import { isObject, mergePatch, readMergePatch, type MergePatch } from './merge-patch.ts';
import { decodeBody, perform, type Ask } from './operation.ts';
import { badRequest, Refusal } from './problem.ts';

/** Throws 428: whoever changes part of an object says which state of it they have seen. */
export function requireIfMatch(headers: Ask['headers']): void {
  if (headers['if-match'] !== undefined) return;
  throw new Refusal(428, 'PATCH needs If-Match: send the ETag that a GET of this address answers, or * for any', [
    { property: 'If-Match', message: 'is required' },
  ]);
}

/** Changes an object on the draft by a merge patch; resolves with what it is then. */
export async function patch(
  draft: DraftStore,
  table: HandlerTable,
  { writing, reading }: Patchable,
  request: { readonly ask: Ask; readonly body: unknown },
): Promise<Current> {
  const { ask, body } = request;
  const { endpoint } = writing;
  const wanted = readMergePatch(body, fieldsOf(endpoint.request));
  const before = await currentOf(draft, table, reading, ask);
  checkPrecondition(preconditionOf(ask.headers) ?? { match: '*', noneMatch: undefined }, before);
  const content = { body: decodeBody(endpoint, inputOf(endpoint, before, wanted)), removed: wanted.removed };
  await perform(table, writing, ask, content);
  const after = await currentOf(draft, table, reading, ask);
  checkRemoved(wanted, before, after);
  return after;
}

/** What a PUT would say: members that the patch touches, merged, and those a PUT cannot be without. */
function inputOf(endpoint: Endpoint, before: Current, { members, removed }: MergePatch): unknown {
  const shown = isObject(before.value) ? before.value : {};
  const needed = requiredOf(endpoint.request).filter((name) => !(name in members) && Object.hasOwn(shown, name));
  const kept = needed.map((name) => [name, shown[name]] as const);
  const set = Object.keys(members).map((name) => {
    const was = Object.hasOwn(shown, name) ? shown[name] : undefined;
    return [name, removed.has(name) ? null : mergePatch(was, members[name])] as const;
  });
  return Object.fromEntries([...kept, ...set]);
}

/** In a PUT null often means "as it was"; a patch that took nothing away would lie. */
function checkRemoved({ removed }: MergePatch, before: Current, after: Current): void {
  const member = (of: Current, name: string): unknown => (isObject(of.value) ? of.value[name] : undefined);
  const stayed = [...removed].filter((name) => {
    const was = member(before, name);
    const empty =
      [undefined, null, '', false, 0].some((blank) => blank === was) || (Array.isArray(was) && was.length === 0);
    return !empty && JSON.stringify(member(after, name)) === JSON.stringify(was);
  });
  if (stayed.length === 0) return;
  throw badRequest(stayed.map((property) => ({ property, message: 'cannot be taken away: give it a value' })));
}
