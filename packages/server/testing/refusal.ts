import { ApiError } from '@midonet/contract';
import type { World } from './world.ts';

/** The text with names in place of the ids of a world, so that refusals about different worlds can be compared. */
export function withoutIds(world: World, text: string): string {
  for (const [name, id] of Object.entries(world)) text = text.replaceAll(id, `<${name}>`);
  return text;
}

/** Status and words by which a request was refused; 200 and nothing when it was not. */
export async function refusal(run: Promise<unknown>, world: World): Promise<[number | undefined, string]> {
  try {
    await run;
    return [200, ''];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [error.status, withoutIds(world, error.message)];
  }
}
