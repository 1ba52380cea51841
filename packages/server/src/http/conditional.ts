import { fieldsOf, patchables, readingEndpoints, type NamedEndpoint } from '@midonet/contract';
import type { HandlerTable } from '../access/handler-table.ts';
import type { DraftStore } from '../draft/draft-store.ts';
import { jsonList } from '../listing/json-list.ts';
import { Scan } from '../listing/scan.ts';
import { checkTags, etagOfObject, etagOfText, ifMatch, ifNoneMatch } from './etag.ts';
import { NO_CONTENT, perform, type Ask } from './operation.ts';
import { Refusal } from './problem.ts';

/** What If-Match and If-None-Match of a request ask; undefined: nothing. */
export type Precondition = { readonly match: string | undefined; readonly noneMatch: string | undefined };

export function isConditional(headers: Ask['headers']): boolean {
  return headers['if-match'] !== undefined || headers['if-none-match'] !== undefined;
}

/** Throws 400 for tags that are none. */
export function preconditionOf(headers: Ask['headers']): Precondition | undefined {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  checkTags('If-Match', match);
  checkTags('If-None-Match', noneMatch);
  return match === undefined && noneMatch === undefined ? undefined : { match, noneMatch };
}

/** What is at an address now, as this caller sees it. */
export type Current = { readonly value: unknown; readonly etag: string | undefined };

/**
 * Reads what the address shows, so that the draft is committed only while it still shows that. What
 * is not there is 404 as ever: preconditions come after that (RFC 9110, 13.2.1).
 */
export async function currentOf(
  draft: DraftStore,
  table: HandlerTable,
  reading: NamedEndpoint,
  ask: Ask,
): Promise<Current> {
  return draft.relyingOn(async () => {
    const value = await perform(table, reading, { ...ask, query: {} }, NO_CONTENT);
    return { value, etag: value instanceof Scan ? await etagOfScan(value) : etagAt(reading.endpoint.path, value) };
  });
}

/** Undefined: too long to have one. */
async function etagOfScan(scan: Scan<unknown>): Promise<string | undefined> {
  const list = await jsonList(scan.from(undefined));
  return list.kind === 'whole' ? etagOfText(list.text) : undefined;
}

/** Throws 412 when it does not hold (RFC 9110, 13.2.2). `current` undefined: nothing can be read at this address. */
export function checkPrecondition({ match, noneMatch }: Precondition, current: Current | undefined): void {
  if (match !== undefined) {
    if (ifMatch(match, current?.etag)) return;
    throw new Refusal(
      412,
      current === undefined
        ? 'If-Match: nothing can be read at this address, so nothing matches'
        : `If-Match: this was changed since you read it and is ${current.etag ?? 'too long for a tag'} now; read it again`,
    );
  }
  if (noneMatch !== undefined && !ifNoneMatch(noneMatch, current?.etag)) {
    throw new Refusal(412, `If-None-Match: there is something at this address already, ${current?.etag ?? ''}`);
  }
}

/** Checks what the headers ask of the state that a write finds; without such headers it reads nothing. */
export async function checkConditions(
  draft: DraftStore,
  table: HandlerTable,
  { endpoint }: NamedEndpoint,
  ask: Ask,
): Promise<void> {
  const precondition = preconditionOf(ask.headers);
  if (precondition === undefined) return;
  const reading = READINGS.get(endpoint.path);
  checkPrecondition(precondition, reading === undefined ? undefined : await currentOf(draft, table, reading, ask));
}

/** The tag of an object as the GET of this address shows it. */
export function etagAt(path: string, value: unknown): string {
  return etagOfObject(value, WRITTEN.get(path));
}

const READINGS = readingEndpoints();
/** What a PUT takes, by address, under the names that a GET shows it by. */
const WRITTEN: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...patchables().map(({ writing: { endpoint } }) => [endpoint.path, new Set(fieldsOf(endpoint.request))] as const),
  ['/quotas/{tenantId}', new Set(['limits', 'own'])] as const,
  // Name and addresses are what its agent says.
  [
    '/hosts/{id}',
    new Set(['floodingProxyWeight', 'containerWeight', 'containerLimit', 'enforceContainerLimit']),
  ] as const,
]);
