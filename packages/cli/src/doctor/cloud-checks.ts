import { fault, ok, unknown, warning, type Health } from './finding.ts';
import { VXLAN_OVERHEAD, vxlanOverhead } from '../vxlan-overhead.ts';

export type ControllerFacts = {
  readonly url: string;
  /** 'ok', or what is wrong. */
  readonly answer: string;
  /** How far its clock is ahead of ours, in ms; undefined without an answer. */
  readonly ahead: number | undefined;
};

/** HTTP tells whole seconds, and an answer takes its time. */
const CLOCK_SLACK_MS = 2000;
const CLOCK_FAULT_MS = 60_000;

export function controllerChecks(controllers: readonly ControllerFacts[]): Health[] {
  return controllers.flatMap(({ url, answer, ahead }) => {
    const check = `controller ${url}`;
    if (answer !== 'ok') {
      return [fault(check, answer, 'start it, or correct --url; the way there must let its port through')];
    }
    return ahead === undefined ? [ok(check, 'answers')] : [ok(check, 'answers'), clock(url, ahead)];
  });
}

function clock(url: string, ahead: number): Health {
  const check = `clock against ${url}`;
  const off = Math.abs(ahead);
  if (off <= CLOCK_SLACK_MS) return ok(check, 'within two seconds');
  const found = `${(off / 1000).toFixed(0)} s ${ahead > 0 ? 'behind' : 'ahead'}`;
  const advice = 'synchronise both clocks: install chrony or systemd-timesyncd';
  return off > CLOCK_FAULT_MS ? fault(check, found, advice) : warning(check, found, advice);
}

export type PeerFacts = {
  readonly zone: string;
  readonly host: string;
  readonly address: string;
  /** Undefined: ping could not be run. */
  readonly answers: boolean | undefined;
};

export function peerChecks(peers: readonly PeerFacts[]): Health[] {
  return peers.map(({ zone, host, address, answers }) => {
    const check = `tunnel peer ${host} ${address} (${zone})`;
    if (answers === undefined) return unknown(check, 'ping is not installed');
    if (answers) return ok(check, 'answers ping');
    return warning(
      check,
      'does not answer ping',
      'look at routes and firewalls between the hosts: VXLAN is UDP port 4789, connection state UDP port 6678',
    );
  });
}

export type MtuFacts = {
  /** Of the interface with this host's tunnel address. */
  readonly underlay: { readonly name: string; readonly address: string; readonly mtu: number } | undefined;
  readonly address: string;
  /** Interfaces of this host that ports are bound to. */
  readonly bound: readonly { readonly name: string; readonly mtu: number }[];
};

/** IPv6 needs that much (RFC 8200, 5). */
const SMALLEST_OVERLAY = 1280;

export function mtuChecks(zones: readonly MtuFacts[]): Health[] {
  return zones.flatMap(({ underlay, address, bound }) => {
    if (underlay === undefined) {
      const found = `no interface has ${address}`;
      return [fault(`underlay ${address}`, found, 'give that address to an interface, or correct the tunnel zone')];
    }
    const room = underlay.mtu - vxlanOverhead(address);
    const check = `MTU of ${underlay.name} ${address}`;
    const found = `${underlay.mtu}, which leaves ${room} for virtual networks`;
    if (room < SMALLEST_OVERLAY) {
      return [
        fault(check, found, `raise the MTU of ${underlay.name} to ${SMALLEST_OVERLAY + VXLAN_OVERHEAD.v6} or more`),
      ];
    }
    const large = bound.filter(({ mtu }) => mtu > room);
    if (large.length === 0) return [ok(check, found)];
    const names = large.map(({ name, mtu }) => `${name} (${mtu})`).join(', ');
    const advice = `raise the underlay to ${Math.max(...large.map(({ mtu }) => mtu)) + VXLAN_OVERHEAD.v6}, or lower these to ${room}: ${names}`;
    return [warning(check, found, advice)];
  });
}
