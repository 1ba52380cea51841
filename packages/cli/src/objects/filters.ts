import type { Session } from '../session.ts';
import type { Options } from '../verbs.ts';

export const FILTER_OPTIONS = [
  ['--inbound <chain>', 'the chain for what comes in; none takes it off'],
  ['--outbound <chain>', 'the chain for what goes out'],
] as const;

export const ROUTER_FILTER_OPTIONS = [
  ...FILTER_OPTIONS,
  ['--forward <chain>', 'the chain for what passes through, after routing'],
  ['--local-redirect <chain>', "the chain for what is meant for the router's own addresses"],
] as const;

type Filter = string | null | undefined;

/** `none` is null: it takes the chain off. Absent options change nothing. */
export async function filterId(session: Session, text: string | undefined): Promise<Filter> {
  if (text === undefined) return undefined;
  return text === 'none' ? null : (await session.directory.chain(text)).id;
}

export async function filterBody(
  session: Session,
  options: Options,
): Promise<{ readonly inboundFilterId: Filter; readonly outboundFilterId: Filter }> {
  return {
    inboundFilterId: await filterId(session, options.text('inbound')),
    outboundFilterId: await filterId(session, options.text('outbound')),
  };
}

export async function routerFilterBody(session: Session, options: Options) {
  return {
    ...(await filterBody(session, options)),
    forwardChainId: await filterId(session, options.text('forward')),
    localRedirectChainId: await filterId(session, options.text('localRedirect')),
  };
}
