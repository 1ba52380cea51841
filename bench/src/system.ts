/** A VM of the measured pair: its network namespace and address. */
export type Vm = { readonly namespace: string; readonly address: string };

/** Who opens connections, and to whom. The server listens at `listen` where clients know it by another address. */
export type Ends = { readonly client: Vm; readonly server: Vm & { readonly listen?: string } };

export type Site = Ends & {
  /**
   * Another address of the server, with a reactive system: to it every connection is a flow of its
   * own and every first packet goes to user space. (Where ports do not matter, one wide flow serves
   * all, and there would be no first packets to measure.)
   */
  readonly perFlow?: string;
  /** A way between the same VMs through a router that leaves them untracked, though it tracks others. */
  readonly routed?: Ends;
  /** Ways between the same VMs that track connections, of systems that have them. */
  readonly stateful?: { readonly firewall: Ends; readonly group: Ends; readonly snat: Ends; readonly vip: Ends };
};

/** Totals since the start: processor time, and what was sent between the hosts by systems whose hosts tell each other. */
export type TrackingCost = {
  readonly microseconds: number;
  readonly exchange?: { readonly bytes: number; readonly datagrams: number };
};

/** Connections that the host of the firewall's client tracks, and the memory that comes and goes with them. */
export type Tracked = {
  readonly connections: number;
  /** At most. */
  readonly most: number;
  readonly mebibytes: number;
  /** Resident memory of the process that tracks, in MiB; of systems that have one. */
  readonly process?: number;
};

/** One thing that is measured: two VMs on two hosts and whatever carries their traffic. */
export type System = {
  readonly name: SystemName;
  /** Why it cannot run here, undefined when it can. */
  unavailable(): string | undefined;
  setup(): Promise<Site>;
  teardown(): Promise<void>;
  /** True when new flows cost it something that known ones do not: then first packets are measured. */
  readonly reactive: boolean;
  /** It is another one of the systems, and differs from it in TCP throughput alone. */
  readonly streamsOnly?: boolean;
  /** Called before measures that open many flows, so that none is left from earlier ones. */
  forgetFlows?(): Promise<void>;
  /** What tracking connections has cost so far, of all hosts; of systems that have processes for it. */
  trackingCost?(): TrackingCost;
  /** Of the host whose VM opens the firewall's connections. */
  tracked?(): Tracked;
  /** Resident memory in MiB by process name. */
  memory?(): Readonly<Record<string, number>>;
};

export const SYSTEM_NAMES = [
  'midonet',
  'midonet_big_tcp',
  'routed_veth',
  'linux_bridge_vxlan',
  'linux_bridge_bare',
  'ovs_userspace',
  'ovn_userspace',
] as const;
export type SystemName = (typeof SYSTEM_NAMES)[number];
