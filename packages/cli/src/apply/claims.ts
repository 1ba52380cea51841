import { ApiError, etagOf, MOST_OPERATIONS, type Client } from '@midonet/contract';
import { CliError, failure } from '../cli-error.ts';
import { refuseMoved } from '../objects/change.ts';
import type { Change } from './plan.ts';

/**
 * A change to values that one object at a time can have: the interface of a host, a VLAN of a bridge, the
 * one link of a port. Values are any text that tells them apart.
 */
export type Claim = {
  readonly change: Omit<Change, 'run'>;
  /** What it gets, and what it gives up for that. */
  readonly takes: readonly string[];
  readonly leaves: readonly string[];
  /** First these give up what stands in the way of what is set. */
  readonly releases: readonly Patch[];
  /** And these step aside, when another takes what they have. */
  readonly asides: readonly Patch[];
  readonly sets: readonly Patch[];
  /** Why the controller would refuse it: nothing is asked of it then. */
  readonly refused?: string | undefined;
};

export type Patch = {
  readonly path: string;
  readonly get: (client: Client) => Promise<object>;
  /** The object as the plan was made; of one that the plan makes, its members of `body`. */
  readonly planned: object;
  readonly body: object;
  /** Objects that this changes too: the far end of a link. */
  readonly also?: readonly string[];
};

const TRIES = 5;
const READERS = 8;

/**
 * The changes that bring each claim what it takes. Those of which one takes what another leaves are one
 * change and one transaction: there is no order in which two could change places, and at no time is
 * anything without what it has or gets.
 */
export function planClaims(claims: readonly Claim[]): Change[] {
  return groupsOf(claims).map((group): Change => {
    const [only] = group;
    const refused = group.find((claim) => claim.refused !== undefined);
    const run: Change['run'] = async (client) => {
      if (refused !== undefined) throw new CliError('conflict', `${refused.change.what}: ${refused.refused ?? ''}`);
      await inOneStep(client, group);
    };
    if (only !== undefined && group.length === 1) return { ...only.change, run };
    const fields = group.flatMap(({ change }) => {
      const told = change.fields ?? [];
      return told.length === 0 ? [change.what] : told.map((field) => `${change.what}: ${field}`);
    });
    return { sign: '~', what: 'in one step', fields, run };
  });
}

type Group = { readonly number: number; readonly members: Claim[]; readonly values: string[] };

/** Claims that meet at a value, in the order of the first of each group. */
function groupsOf(claims: readonly Claim[]): Claim[][] {
  const groups = new Set<Group>();
  const at = new Map<string, Group>();
  for (const [number, claim] of claims.entries()) {
    const values = [...claim.takes, ...claim.leaves];
    const met = [...new Set(values.flatMap((value) => at.get(value) ?? []))].sort((a, b) => a.number - b.number);
    const [first = { number, members: [], values: [] }, ...others] = met;
    groups.add(first);
    for (const other of others) groups.delete(other);
    first.members.push(...others.flatMap(({ members }) => members), claim);
    for (const value of [...others.flatMap((other) => other.values), ...values]) {
      first.values.push(value);
      at.set(value, first);
    }
  }
  return [...groups].map(({ members }) => members);
}

/** As much as a slow controller may take for a batch, which is done whether somebody waits for the answer or not. */
export function patienceFor(operations: readonly unknown[]): number {
  return 30_000 + 50 * operations.length;
}

/** What each path has now, each looked at once. */
async function readAll(client: Client, patches: readonly Patch[]): Promise<ReadonlyMap<string, object>> {
  const left = [...new Map(patches.map((one) => [one.path, one])).values()];
  const found = new Map<string, object>();
  const read = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) found.set(one.path, await one.get(client));
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return found;
}

/** All that is given up, then all that is taken, on condition that everything is as it was looked at. */
async function inOneStep(client: Client, group: readonly Claim[]): Promise<void> {
  const patches = [
    ...group.flatMap(({ releases }) => releases),
    ...(group.length > 1 ? group.flatMap(({ asides }) => asides) : []),
    ...group.flatMap(({ sets }) => sets),
  ];
  if (patches.length > MOST_OPERATIONS) {
    const half = group[group.length >> 1]?.change.what ?? '';
    throw failure(
      `${group.length} changes hang together by what they exchange: ${patches.length} operations, and one transaction ` +
        `takes ${MOST_OPERATIONS}. Cut them in two: apply a file first in which ${half} has none of what others want ` +
        '(no link, interface, VLAN or address of another), and then this one',
    );
  }
  for (let tries = 1; ; tries++) {
    const now = await readAll(client, patches);
    const stateOf = (path: string): object => now.get(path) ?? {};
    for (const { path, planned, body } of patches) refuseMoved(Object.keys(body), planned, stateOf(path));
    const touched = new Set<string>();
    const operations = patches.map(({ path, body, also = [] }) => {
      // What this transaction has changed before is as it left it.
      const ifMatch = touched.has(path) ? '*' : (etagOf(stateOf(path)) ?? '*');
      for (const one of [path, ...also]) touched.add(one);
      return { method: 'PATCH' as const, path, ifMatch, body };
    });
    try {
      await client.batch.run({ body: { operations }, timeoutMs: patienceFor(operations) });
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412 || tries === TRIES) throw error;
    }
  }
}
