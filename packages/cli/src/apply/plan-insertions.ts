import type { L2InsertionDto } from '@midonet/contract';
import type { TopologyDocument } from './document.ts';
import type { LiveTopology } from './live-topology.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

/**
 * The services of a port that the list names are exactly those in it, matched by MAC and position. With
 * `prune` ports of the file's bridges that it does not name have none.
 */
export function planInsertions(
  live: LiveTopology,
  there: readonly L2InsertionDto[],
  document: TopologyDocument,
  prune: boolean,
): Change[] {
  const wanted = document.insertions.map((one) => {
    const { port, service, ...rest } = one;
    return {
      ...rest,
      what: `L2 insertion ${port}/${one.mac}/${one.position}`,
      portId: live.portId(port),
      srvPortId: live.portId(service),
    };
  });
  const decided = new Set(wanted.map(({ portId }) => portId));
  const [kept, pruned] = prune ? portsOf(live, document) : [[], []];
  for (const id of kept) decided.add(id);
  // These go first, and take their insertions with them.
  const goes = ({ portId, srvPortId }: L2InsertionDto): boolean =>
    pruned.includes(portId) || pruned.includes(srvPortId);
  const isSame = (one: Pick<L2InsertionDto, 'portId' | 'mac' | 'position'>, two: L2InsertionDto): boolean =>
    one.portId === two.portId && one.mac === two.mac && one.position === two.position;
  const gone = there.filter(
    (one) => decided.has(one.portId) && !goes(one) && !wanted.some((each) => isSame(each, one)),
  );
  const changes = gone.map(({ id, portId, mac, position }): Change => {
    const what = `L2 insertion ${live.nameOf(portId)}/${mac}/${position}`;
    return { sign: '-', what, run: (client) => client.l2Insertions.remove({ id }) };
  });
  const swapped: Swap[] = [];
  // Last: one may take what another leaves.
  const made: Change[] = [];
  for (const { what, ...body } of wanted) {
    const old = there.find((one) => isSame(body, one));
    if (old === undefined) {
      made.push({ sign: '+', what, run: (client) => client.l2Insertions.create({ body }) });
      continue;
    }
    const { vlan, failOpen, srvPortId } = body;
    const before = { ...old, service: live.nameOf(old.srvPortId) };
    const fields = differences(before, { vlan, failOpen, service: live.nameOf(srvPortId) });
    if (fields.length === 0) continue;
    // Another that stays has what this one is to get: they change places, and neither can go first.
    const isTaken = there.some(
      (one) =>
        one !== old && !gone.includes(one) && one.srvPortId === srvPortId && one.vlan === vlan && one.mac === old.mac,
    );
    if (isTaken) swapped.push({ what, fields, id: old.id, body });
    else
      changes.push({
        sign: '~',
        what,
        fields,
        run: (client) => change(client.l2Insertions, { id: old.id }, body, old),
      });
  }
  const [first] = swapped;
  if (first === undefined) return [...changes, ...made];
  const fields = swapped.flatMap((one) => one.fields.map((field) => `${one.what.replace(/^.*\//, '')}: ${field}`));
  return [
    ...changes,
    { sign: '~', what: first.what.replace(/\/[^/]*$/, ''), fields, run: inOneStep(swapped) },
    ...made,
  ];
}

type Swap = {
  readonly what: string;
  readonly fields: readonly string[];
  readonly id: string;
  readonly body: object;
};

/** All of them made anew in one transaction: at no time is a frame without its services. */
function inOneStep(swapped: readonly Swap[]): Change['run'] {
  const operations = [
    ...swapped.map(({ id }) => ({ method: 'DELETE' as const, path: `/l2insertions/${id}` })),
    ...swapped.map(({ id, body }) => ({ method: 'POST' as const, path: '/l2insertions', body: { id, ...body } })),
  ];
  return (client) => client.batch.run({ body: { operations } });
}

/** The ports of the file's bridges: those that it names, and the others. */
function portsOf(live: LiveTopology, document: TopologyDocument): readonly [named: string[], others: string[]] {
  const [named, others]: [string[], string[]] = [[], []];
  for (const { name, ports } of document.bridges) {
    const bridge = live.bridges.get(name);
    if (bridge === undefined) continue;
    const kept = new Set(ports.map((one) => live.port(bridge.id, one.name)?.id));
    for (const { id, deviceId } of live.ports) {
      if (deviceId === bridge.id) (kept.has(id) ? named : others).push(id);
    }
  }
  return [named, others];
}
