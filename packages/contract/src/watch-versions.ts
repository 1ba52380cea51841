/**
 * Versions of the watch protocol, for upgrades where agents and controllers are of two releases for
 * a while.
 *
 * A client offers a range in its hello: `protocol` is the lowest version it speaks, `upTo` the
 * highest. A client of version 1 knew no `upTo`, and a controller of version 1 looks at `protocol`
 * alone, so either understands the other as long as the range begins at 1. The controller chooses the
 * highest version that both speak and names it in its welcome. `hello`, `welcome` and `refused` keep
 * their form for ever; what else a version changes is listed here.
 *
 * | Version | New                                                                       |
 * | ------- | ------------------------------------------------------------------------- |
 * | 1       |                                                                           |
 * | 2       | `leaving`: a controller that stops says so, and within what time to go on |
 * | 3       | the topic `conf`: central settings of a host                              |
 *
 * A release speaks its own version and the one before it at least.
 */
export type VersionRange = { readonly from: number; readonly to: number };

export const WATCH_VERSIONS: VersionRange = { from: 1, to: 3 };

/** The first version with the message `leaving`. */
export const LEAVING_SINCE = 2;

/** The first version with the topic `conf`. */
export const CONF_SINCE = 3;

/** What a hello offers. */
export function offered(hello: { readonly protocol: number; readonly upTo?: number | undefined }): VersionRange {
  return { from: hello.protocol, to: Math.max(hello.protocol, hello.upTo ?? hello.protocol) };
}

/** The highest version that both speak; undefined when there is none. */
export function highestCommon(one: VersionRange, other: VersionRange): number | undefined {
  const highest = Math.min(one.to, other.to);
  return highest >= Math.max(one.from, other.from) ? highest : undefined;
}

export function includesVersion({ from, to }: VersionRange, version: number): boolean {
  return version >= from && version <= to;
}

export function formatVersions({ from, to }: VersionRange): string {
  return from === to ? String(from) : `${from} to ${to}`;
}

/** Why a client and a controller cannot speak, and which of them is to be upgraded. */
export function noCommonVersion(controller: VersionRange, client: VersionRange): string {
  const older = client.from > controller.to ? 'controller' : 'client';
  return (
    `this controller speaks watch protocol ${formatVersions(controller)}, ` +
    `the client ${formatVersions(client)}: upgrade the ${older}`
  );
}
