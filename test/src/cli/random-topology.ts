import { pick, shuffled, type Random } from '../lab/seeded.ts';

const COUNT = 3;
const VLANS = [1, 2, 3];
/** Always at an interface: what a file does not say stays, and an interface that another wants must not. */
const BOUND = 's';
/** Bound or linked, at an interface that no other wants. */
const EITHER = 'r';

type Port = {
  readonly device: string;
  readonly name: string;
  readonly kind: 'bridge' | 'router';
  readonly fields: string[];
};

/** A file about a few things of the same few names, so that two of them want each other's links, VLANs, interfaces and jumps. */
export function randomTopology(random: Random): string {
  const some = <T>(all: readonly T[]): T[] => all.filter(() => random() < 0.7);
  const numbers = Array.from({ length: COUNT }, (_, n) => n);
  const chains = some(numbers).map((n) => `c${n}`);
  const ports: Port[] = [];
  for (const kind of ['bridge', 'router'] as const) {
    for (const n of numbers) {
      const vlans = shuffled(random, VLANS);
      for (const name of some(['p', 'q', 'r', 's'])) {
        const fields: string[] = [];
        if (kind === 'router') fields.push(`addresses: [10.${n}.${name.charCodeAt(0)}.1/24]`);
        else if (name === 'p' || (name === 'q' && random() < 0.5)) fields.push(`vlan: ${vlans.pop() ?? 4}`);
        else if (name === 'q') fields.push('vlan: 0');
        if (random() < 0.3) fields.push('up: false');
        if (random() < 0.3) fields.push(`inbound: ${pick(random, [...chains, 'none'])}`);
        ports.push({ device: deviceName(kind, n), name, kind, fields });
      }
    }
  }
  wire(random, ports);
  const device = (kind: 'bridge' | 'router'): string[] =>
    numbers.map((n) => {
      const name = deviceName(kind, n);
      const own = ports.filter((one) => one.kind === kind && one.device === name);
      return `  ${name}: { ports: { ${own.map((one) => `${one.name}: { ${one.fields.join(', ')} }`).join(', ')} }${kind === 'router' ? balancer(random) : ''} }`;
    });
  const rules = (at: number): string =>
    some(['accept', 'drop', 'jump', 'jump'])
      .map((action) => {
        // Only to later ones: no loops, though two files together may have one.
        const to = action === 'jump' ? order.slice(at + 1) : [];
        return to.length === 0
          ? `{ do: ${action === 'drop' ? 'drop' : 'accept'}, proto: ${pick(random, ['tcp', 'udp'])} }`
          : `{ jump: ${pick(random, to)} }`;
      })
      .join(', ');
  const order = shuffled(random, chains);
  const members = some(ports).map(nameOf);
  return [
    'bridges:',
    ...device('bridge'),
    'routers:',
    ...device('router'),
    'chains:',
    ...order.map((name, at) => `  ${name}: [${rules(at)}]`),
    `portGroups: { g: { ports: [${members.join(', ')}] } }`,
    `ipAddressGroups: { a: [${some(['192.0.2.1', '192.0.2.2', "'2001:db8::1'"]).join(', ')}] }`,
  ].join('\n');
}

/** Links and interfaces; each port has one or none. */
function wire(random: Random, ports: readonly Port[]): void {
  const free = shuffled(random, ports);
  const interfaces = shuffled(random, ['a', 'b', 'c', 'd', 'e', 'f']);
  for (let near = free.pop(); near !== undefined; near = free.pop()) {
    if (near.name === BOUND) near.fields.push(`host: hv${pick(random, [1, 2])}, interface: ${interfaces.pop() ?? 'g'}`);
    else if (near.name === EITHER && random() < 0.3)
      near.fields.push(`host: hv1, interface: ${near.kind}${near.device}`);
    else if (random() < 0.7) {
      const at = near;
      const far = free.findIndex(
        (one) => one.name !== BOUND && one.device !== at.device && !(isTagged(one) && isTagged(at)),
      );
      const [other] = far < 0 ? [] : free.splice(far, 1);
      if (other === undefined) continue;
      near.fields.push(`peer: ${nameOf(other)}`);
      other.fields.push(`peer: ${nameOf(near)}`);
    }
  }
}

/** One of the bridges has the name of a router. */
function deviceName(kind: Port['kind'], n: number): string {
  return `d${kind === 'bridge' ? n : n + 2}`;
}

function isTagged({ fields }: Port): boolean {
  return fields.some((field) => /^vlan: [1-9]/.test(field));
}

function nameOf({ kind, device, name }: Port): string {
  return `${kind}:${device}/${name}`;
}

function balancer(random: Random): string {
  if (random() < 0.5) return '';
  const version = random() < 0.8 ? 4 : 6;
  const at = (n: number): string => (version === 4 ? `10.9.0.${n}:80` : `"[2001:db8:9::${n}]:80"`);
  const [web, api] = shuffled(random, [1, 2]);
  const members = [11, 12, 13].filter(() => random() < 0.6).map((n) => at(n));
  return (
    `, balancer: { pools: { web: { members: [${members.join(', ')}] } }, ` +
    `vips: { web: { at: ${at(web ?? 1)}, pool: web }, api: { at: ${at(api ?? 2)}, pool: web } } }`
  );
}
