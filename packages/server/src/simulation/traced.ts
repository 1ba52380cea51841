import type { OutcomeDto } from '@midonet/contract';
import { parseId, type AnyId } from '@midonet/topology';
import { ID_KINDS } from '../access/ownership.ts';
import type { Reader } from '../topology/reader.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Stands for what is not shown. */
const HIDDEN = '00000000-0000-0000-0000-000000000000';

type Seen = 'own' | 'shown' | 'hidden';
type Step = OutcomeDto['trace'][number];

/**
 * What a tenant is told of a path through things that are not theirs: that it goes through, where it
 * comes out again, and how it ends. Routes, rules, learned tables and ports on the way are the
 * provider's business. The packet is the tenant's own, and is shown as it is at each step.
 */
export async function tracedFor(reader: Reader, outcome: OutcomeDto): Promise<OutcomeDto> {
  const seen = new Map<string, Seen>();
  for (const [id] of JSON.stringify(outcome).matchAll(UUID)) if (!seen.has(id)) seen.set(id, await look(reader, id));
  const sees = (id: string): Seen => seen.get(id) ?? 'hidden';
  const hides = (value: unknown): boolean => idsIn(value).some((id) => sees(id) === 'hidden');
  const mask = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replace(UUID, (id) => (sees(id) === 'hidden' ? HIDDEN : id))) as T; // of the same shape
  const left = outcome.egressPorts.some((id) => sees(id) !== 'own');
  return {
    ...mask(outcome),
    explanation: left ? 'leaves through a network that is not yours' : outcome.explanation,
    by: outcome.by === null || sees(outcome.by.id) === 'hidden' ? null : outcome.by,
    egressPorts: outcome.egressPorts.filter((id) => sees(id) === 'own'),
    copyPorts: outcome.copyPorts.filter((id) => sees(id) === 'own'),
    emissions: outcome.emissions.filter(({ portId }) => sees(portId) === 'own'),
    tags: outcome.tags.filter((tag) => idsIn(tag).every((id) => sees(id) === 'own')),
    missing: outcome.missing.map((one) => (idsIn(one).every((id) => sees(id) === 'own') ? one : { kind: 'notYours' })),
    actions: outcome.actions.map((action) => (hides(action) ? 'out of your network' : action)),
    trace: steps(outcome.trace, sees).map(mask),
  };
}

/** Steps at things that are not the tenant's become one, as long as they follow each other. */
function steps(trace: readonly Step[], sees: (id: string) => Seen): Step[] {
  const told: Step[] = [];
  let at: string | undefined;
  for (const step of trace) {
    const known = sees(step.at.id);
    if (known === 'own') {
      told.push(step);
      at = undefined;
      continue;
    }
    const place = known === 'shown' ? step.at : { kind: 'network', id: HIDDEN };
    const last = told.at(-1);
    // What is hidden behind a device that shows goes with it.
    if (last !== undefined && at !== undefined && (at === place.id || known === 'hidden')) {
      told[told.length - 1] = { ...last, packet: step.packet };
      continue;
    }
    told.push({ at: place, action: { kind: 'hidden' }, packet: step.packet });
    at = place.id;
  }
  return told;
}

async function look(reader: Reader, id: string): Promise<Seen> {
  const parsed = parseId<AnyId>(id);
  if (parsed === undefined) return 'hidden';
  for (const kind of ID_KINDS) {
    const found = await reader.get(kind, parsed);
    if (found !== undefined) return (await reader.readOnly(found)) ? 'shown' : 'own';
  }
  return 'hidden';
}

function idsIn(value: unknown): string[] {
  return [...JSON.stringify(value).matchAll(UUID)].map(([id]) => id);
}
