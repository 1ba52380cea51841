import type { TopologyView } from '@midonet/topology';

/** A view that notes the ids of all objects that are asked for. */
export function noting(view: TopologyView, met: Set<string>): TopologyView {
  const note = <Id extends string>(id: Id): Id => {
    met.add(id);
    return id;
  };
  return {
    port: (id) => view.port(note(id)),
    bridge: (id) => view.bridge(note(id)),
    router: (id) => view.router(note(id)),
    chain: (id) => view.chain(note(id)),
    portGroup: (id) => view.portGroup(note(id)),
    ipAddrGroup: (id) => view.ipAddrGroup(note(id)),
    balancer: (id) => view.balancer(note(id)),
    qosPolicy: (id) => view.qosPolicy(note(id)),
    mirror: (id) => view.mirror(note(id)),
  };
}
