import {
  tunnelTag,
  type DropReason,
  type FlowAction,
  type ObjectRef,
  type Tag,
  type TunnelKey,
  type VirtualAction,
} from '@midonet/flow';
import type { HostId, PortId } from '@midonet/topology';
import type { LocalPorts } from '../host/local-ports.ts';
import type { Knowledge } from '../view/knowledge.ts';
import { TagMemo } from './tag-memo.ts';

export type Translation = {
  readonly actions: readonly FlowAction[];
  readonly outputs: number;
  /** Why the last copy that went nowhere did so; the packet's own end when `outputs` is 0. */
  readonly failure: { readonly reason: DropReason; readonly by: ObjectRef } | undefined;
  readonly tags: readonly Tag[];
  /** Ports that none of the copies for them reached. */
  readonly unreached: readonly string[];
};

/**
 * Virtual outputs become local ports and tunnels. A port of this host is a datapath port; any other
 * is a tunnel to its host, with the key that names it there.
 */
export class Translator {
  readonly #knowledge: Knowledge;
  readonly #ports: LocalPorts;
  readonly #tunnelTags = new TagMemo<HostId>(tunnelTag);
  #tags: Tag[] = [];
  #outputs = 0;
  #failure: Translation['failure'];
  #unreached: string[] = [];

  constructor(knowledge: Knowledge, ports: LocalPorts) {
    this.#knowledge = knowledge;
    this.#ports = ports;
  }

  translate(actions: readonly VirtualAction[]): Translation {
    this.#tags = [];
    this.#outputs = 0;
    this.#failure = undefined;
    this.#unreached = [];
    const translated = this.#list(actions);
    const [outputs, failure, tags, unreached] = [this.#outputs, this.#failure, this.#tags, this.#unreached];
    return { actions: translated, outputs, failure, tags, unreached };
  }

  #list(actions: readonly VirtualAction[]): FlowAction[] {
    const result: FlowAction[] = [];
    for (const action of actions) {
      switch (action.kind) {
        case 'emit':
          this.#emit(action.portId, result);
          break;
        case 'clone': {
          const inner = this.#list(action.actions);
          if (inner.length > 0) result.push({ kind: 'clone', actions: inner });
          break;
        }
        case 'set':
        case 'decTtl':
        case 'pushVlan':
        case 'popVlan':
          result.push(action);
      }
    }
    return result;
  }

  #emit(portId: string, into: FlowAction[]): void {
    // The vocabulary names ports by plain text; they come from the topology.
    const id = portId as PortId;
    const local = this.#ports.get(id);
    if (local !== undefined) {
      into.push({ kind: 'output', port: local.dpPort });
      this.#outputs++;
      return;
    }
    const location = this.#knowledge.location(id);
    if (location === undefined || location.hostId === this.#knowledge.hostId) {
      this.#failure = { reason: 'portInactive', by: { kind: 'port', id } };
      this.#unreached.push(id);
      return;
    }
    const tag = this.#tunnelTags.get(location.hostId);
    if (!this.#tags.includes(tag)) this.#tags.push(tag);
    const peer = this.#knowledge.underlay.peer(location.hostId);
    if (peer === undefined) {
      this.#failure = { reason: 'noTunnelRoute', by: { kind: 'host', id: location.hostId } };
      this.#unreached.push(id);
      return;
    }
    into.push({ kind: 'tunnel', peer, key: location.tunnelKey as TunnelKey });
    this.#outputs++;
  }
}

/**
 * The same actions in lists of at most `max` outputs each: for packets that go to more places than
 * one list of the datapath may hold. Each list starts with the rewrites before it.
 */
export function splitOutputs(actions: readonly FlowAction[], max: number): FlowAction[][] {
  const lists: FlowAction[][] = [];
  const rewrites: FlowAction[] = [];
  let current: FlowAction[] = [];
  let outputs = 0;
  for (const action of actions) {
    const sends = action.kind === 'output' || action.kind === 'tunnel' || action.kind === 'clone';
    if (sends && outputs >= max) {
      lists.push(current);
      current = [...rewrites];
      outputs = 0;
    }
    current.push(action);
    if (!sends) rewrites.push(action);
    else outputs += action.kind === 'clone' ? action.actions.length : 1;
  }
  if (outputs > 0) lists.push(current);
  return lists;
}
