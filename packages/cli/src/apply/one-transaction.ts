import { ApiError, MOST_OPERATIONS, type Client } from '@midonet/contract';
import { CliError, failure } from '../cli-error.ts';
import { reasonOf } from '../exit-codes.ts';
import { patienceFor } from './claims.ts';
import type { Change } from './plan.ts';
import { Recording } from './recording.ts';

/** Makes all these changes in one transaction, on condition that what they change is as it was seen; or none of them. */
export async function inOneTransaction(client: Client, changes: readonly Change[]): Promise<void> {
  const recording = new Recording(client);
  /** Where the operations of each change end. */
  const ends: number[] = [];
  for (const change of changes) {
    try {
      await change.run(recording.client);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new CliError(reasonOf(error), `${change.what}: ${error.message}; nothing was done`);
    }
    ends.push(recording.length);
  }
  const { guards } = recording;
  const operations = [...guards, ...recording.operations];
  if (operations.length === 0) return;
  if (operations.length > MOST_OPERATIONS) {
    throw failure(
      `this is ${operations.length} operations, and one transaction takes ${MOST_OPERATIONS}: apply it without --atomic, ` +
        'or a smaller file first; nothing was done',
    );
  }
  try {
    await client.batch.run({ body: { operations }, timeoutMs: patienceFor(operations) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const at = refusedAt(error);
    if (at !== undefined && at < guards.length && error.status === 412) {
      throw new CliError(
        'conflict',
        `somebody else changed ${guards[at]?.path ?? ''} meanwhile; nothing was done, apply again`,
      );
    }
    const change = at === undefined ? undefined : changes[ends.findIndex((end) => at - guards.length < end)];
    throw new CliError(reasonOf(error), `${change === undefined ? '' : `${change.what}: `}${error.message}`);
  }
}

/** Which operation the controller refused. */
function refusedAt(error: ApiError): number | undefined {
  if (error.failure.kind !== 'refused') return undefined;
  for (const { property } of error.failure.violations) {
    const at = /^operations\.(\d+)\b/.exec(property)?.[1];
    if (at !== undefined) return Number(at);
  }
  return undefined;
}
