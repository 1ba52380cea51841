import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '@midonet/flow';
import type { BridgeId, HostId, PortGroupId, PortId, TopologyItem } from '@midonet/topology';
import { sampleConnection, sampleId } from '../../testing/connection-samples.ts';
import { Knowledge } from '../view/knowledge.ts';
import { Audience } from './audience.ts';

const [HERE, B, C] = [sampleId(101), sampleId(102), sampleId(103)] as [HostId, HostId, HostId];
const [IN, OUT, OTHER] = [sampleId(1), sampleId(2), sampleId(3)] as [PortId, PortId, PortId];
const GROUP = sampleId(50) as PortGroupId;
const BRIDGE = sampleId(60) as BridgeId;

/** An agent's view and who must hear of what; news go through both as in the agent. */
class Rig {
  readonly knowledge = new Knowledge(HERE, () => 0);
  readonly wanted = new Set<string>();
  readonly audience = new Audience({ knowledge: this.knowledge, want: (kind, id) => this.wanted.add(`${kind} ${id}`) });

  tell(...items: TopologyItem[]): readonly PortId[] {
    return this.audience.apply(items, this.knowledge.apply(items).changes);
  }

  active(portId: PortId, hostId: HostId | undefined): readonly PortId[] {
    const value = hostId === undefined ? undefined : ({ kind: 'portActive', portId, hostId, tunnelKey: 1 } as const);
    return this.tell({ key: `portActive/${portId}`, value });
  }

  group(stateful: boolean, ...members: PortId[]): readonly PortId[] {
    const group = { kind: 'portGroup', id: GROUP, name: 'uplinks', tenantId: 'acme', stateful } as const;
    return this.tell(
      { key: `portGroup/${GROUP}`, value: group },
      ...members.map((portId) => ({
        key: `portGroupMember/${GROUP}/${portId}`,
        value: { kind: 'portGroupMember', groupId: GROUP, portId } as const,
      })),
    );
  }
}

const connection: Connection = sampleConnection(1, { ingressPort: IN, egressPorts: [OUT] });

test('the host where it left must know it, this one not', () => {
  const rig = new Rig();
  assert.deepEqual(rig.audience.of(connection), []);
  rig.active(IN, HERE);
  assert.deepEqual(rig.active(OUT, B), [OUT]);
  assert.deepEqual(rig.audience.of(connection), [B]);
  assert.ok(rig.audience.isHere(connection));
  assert.ok(rig.wanted.has(`port ${OUT}`), 'to learn where it runs, and of its groups');
});

test('so must those of the other ports of a stateful group, and of no other group', () => {
  const rig = new Rig();
  rig.active(OUT, B);
  rig.active(OTHER, C);
  rig.group(false, OUT, OTHER);
  assert.deepEqual(rig.audience.of(connection), [B]);
  assert.deepEqual([...rig.group(true, OUT, OTHER)].sort(), [OUT, OTHER].sort());
  assert.deepEqual([...rig.audience.of(connection)].sort(), [B, C].sort());
  assert.ok(rig.wanted.has(`portGroup ${GROUP}`));
  assert.ok(!rig.audience.isHere(connection));
});

test('a port that moves takes the audience along; what its group tells changes too', () => {
  const rig = new Rig();
  rig.active(OUT, B);
  rig.active(OTHER, B);
  rig.group(true, OUT, OTHER);
  assert.deepEqual(rig.audience.of(connection), [B]);
  assert.deepEqual([...rig.active(OTHER, C)].sort(), [OUT, OTHER].sort());
  assert.deepEqual([...rig.audience.of(connection)].sort(), [B, C].sort());
  rig.tell({ key: `portGroupMember/${GROUP}/${OTHER}`, value: undefined });
  assert.deepEqual(rig.audience.of(connection), [B]);
  rig.active(OUT, undefined);
  assert.deepEqual(rig.audience.of(connection), []);
});

test('a connection that left by many ports concerns each host once', () => {
  const rig = new Rig();
  rig.active(OUT, B);
  rig.active(OTHER, C);
  const many = sampleConnection(2, { ingressPort: undefined, egressPorts: [OUT, OTHER, OUT] });
  assert.deepEqual([...rig.audience.of(many)].sort(), [B, C].sort());
});

test('it is told in doubt while its ports are not known, and a host is at it that has one of them', () => {
  const rig = new Rig();
  assert.equal(rig.audience.knows(connection), false);
  rig.active(IN, HERE);
  rig.active(OUT, B);
  assert.equal(rig.audience.knows(connection), false, 'where they are, but not what groups they are in');
  for (const id of [IN, OUT]) {
    const value = { kind: 'port', type: 'bridge', id, bridgeId: BRIDGE, adminStateUp: true } as const;
    rig.tell({ key: `port/${id}`, value });
  }
  assert.ok(rig.audience.knows(connection));
  assert.ok(rig.audience.isAt(connection, B));
  assert.ok(!rig.audience.isAt(connection, C), 'it may have seen an answer, but no port of it is there');
});
