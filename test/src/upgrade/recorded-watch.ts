import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Frame = { readonly op: string } & Readonly<Record<string, unknown>>;
export type Recorded = { readonly from: 'agent' | 'controller'; readonly frame: Frame };

/**
 * A session of an agent and a controller that both knew watch protocol 1 alone, as it went over the
 * wire: host one plugs a machine in on bridge red, which pings the world through router edge, with
 * its source translated; then the agent says goodbye. It is never recorded anew.
 */
export const WATCH_1: readonly Recorded[] = readFileSync(join(import.meta.dirname, 'watch-1.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

/** What of that session has which id. */
export const IDS = {
  one: 'cc159b38-4e52-4ad6-800f-a3784a5c27ba',
  two: '1c1797ee-d696-4317-bc39-6f5dca1772e6',
  zone: 'd0241547-2116-4042-a58e-a0f150e39733',
  red: '87613f3e-0752-4021-8931-99619114804f',
  outside: '38563884-cad9-46c6-a49b-0a503658406a',
  edge: 'ae0f4197-625b-4d99-81dc-84afc52dadbf',
  redUp: '99ee46af-f251-4517-9b46-dbf5841dc9a6',
  edgeRed: 'e98e62d8-328f-4cc8-b0cf-45888be58339',
  outsideUp: '8e5049d5-0af5-4f6d-9379-7ab11deab846',
  edgeOutside: 'cf92b816-c236-48af-a2f6-3b327ec2f1a5',
  web: '53d0e10d-0654-4276-a6a7-bbc6eab05e08',
  world: '5629b06d-c786-432f-8989-5070c1602bfd',
} as const;

/** The frames of the recorded controller that answer this one of the agent. */
export function isAnswer(asked: Frame, frame: Frame): boolean {
  switch (asked.op) {
    case 'hello':
      return frame.op === 'welcome';
    case 'subscribe':
      return frame.op === 'snapshot' && frame['sub'] === asked['sub'];
    case 'rows':
      return frame.op === 'ack' && frame['id'] === asked['id'];
    case 'natLease':
    case 'natRenew':
      return frame.op === 'natBlocks' && frame['id'] === asked['id'];
    case 'natRelease':
      return frame.op === 'ack' && frame['id'] === asked['id'];
    default:
      return false;
  }
}

/** The first difference to what a reader of the old value relies on: a field that is gone, or of another type. */
export function unlike(old: unknown, now: unknown, path = ''): string | undefined {
  if (Array.isArray(old)) {
    if (!Array.isArray(now)) return `${path} is no list`;
    if (old.length === 0) return undefined;
    for (const [i, each] of now.entries()) {
      const problem = unlike(old[0], each, `${path}[${i}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (typeof old !== 'object' || old === null) {
    return typeof old === typeof now
      ? undefined
      : `${path} is ${JSON.stringify(now)} where it was ${JSON.stringify(old)}`;
  }
  if (typeof now !== 'object' || now === null) return `${path} is no object`;
  for (const [name, value] of Object.entries(old)) {
    const problem = unlike(value, Reflect.get(now, name), `${path}.${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
