import { CRR, FIREWALL, GROUP, SNAT, VIP } from '../stateful.ts';

/** How OVN is told something: the words of an ovn-nbctl command. */
type Say = (...words: string[]) => void;

/** The port of one of the VMs on a switch, with the VM's MAC and addresses. */
export type Plug = (name: string, on: string, vm: 0 | 1, device: number, ...addresses: string[]) => void;

/** One switch for both VMs, nothing tracked. */
export function plainNetwork(say: Say, plug: Plug, addresses: readonly [string, string]): void {
  say('ls-add', 'plain');
  plug('plain-client', 'plain', 0, 0, addresses[0]);
  plug('plain-server', 'plain', 1, 0, addresses[1]);
}

/** The client may ask and gets only answers. */
export function firewallNetwork(say: Say, plug: Plug): void {
  say('ls-add', 'firewall');
  plug('firewall-client', 'firewall', 0, 1, FIREWALL.client);
  plug('firewall-server', 'firewall', 1, 1, FIREWALL.server);
  say('acl-add', 'firewall', 'from-lport', '1001', 'inport == "firewall-client" && ip4', 'allow-related');
  say('acl-add', 'firewall', 'to-lport', '1001', 'outport == "firewall-client" && ip4', 'drop');
}

/** Both VMs let in answers, and members of the group. */
export function groupNetwork(say: Say, plug: Plug): void {
  say('ls-add', 'group');
  plug('group-client', 'group', 0, 4, GROUP.client, GROUP.stranger);
  plug('group-server', 'group', 1, 4, GROUP.server);
  say('pg-add', 'vms', 'group-client', 'group-server');
  say('create', 'Address_Set', 'name=members', `addresses=${GROUP.members.map((one) => `"${one}"`).join(',')}`);
  const fromMembers = 'outport == @vms && ip4.src == $members';
  const ports = `tcp.dst >= ${CRR.port} && tcp.dst < ${CRR.port + CRR.ports}`;
  say('acl-add', 'vms', 'from-lport', '1001', 'inport == @vms && ip4', 'allow-related');
  say('acl-add', 'vms', 'to-lport', '1002', `${fromMembers} && ${ports}`, 'allow-related');
  say('acl-add', 'vms', 'to-lport', '1002', `${fromMembers} && icmp4`, 'allow-related');
  say('acl-add', 'vms', 'to-lport', '1001', 'outport == @vms && ip4', 'drop');
}

/** A gateway router on the client's host, which translates the client's address. */
export function snatNetwork(say: Say, plug: Plug): void {
  router(say, 'edge', { inside: SNAT.insideGateway, outside: SNAT.outsideGateway });
  plug('snat-client', 'inside', 0, 2, SNAT.inside);
  plug('snat-server', 'outside', 1, 2, SNAT.outside);
  say('--portrange', 'lr-nat-add', 'edge', 'snat', SNAT.translated, SNAT.inside, '1024-65535');
}

/** A gateway router on the client's host, with a load balancer. */
export function vipNetwork(say: Say, plug: Plug): void {
  router(say, 'balanced', { clients: VIP.clientGateway, members: VIP.serverGateway });
  plug('vip-client', 'clients', 0, 3, VIP.client);
  plug('vip-server', 'members', 1, 3, ...VIP.members);
  for (let port = CRR.port; port < CRR.port + CRR.ports; port++) {
    say('lb-add', 'vip', `${VIP.address}:${port}`, VIP.members.map((member) => `${member}:${port}`).join(','), 'tcp');
  }
  say('lr-lb-add', 'balanced', 'vip');
}

/** A router on the first host between two switches, each with its gateway. */
function router(say: Say, name: string, switches: Readonly<Record<string, string>>): void {
  say('create', 'Logical_Router', `name=${name}`, 'options:chassis=hv1');
  for (const [index, [network, gateway]] of Object.entries(switches).entries()) {
    const mac = `02:00:${name === 'edge' ? '0e' : '0b'}:00:00:0${index + 1}`;
    say('ls-add', network);
    say('lrp-add', name, `${network}-gateway`, mac, `${gateway}/24`);
    say('lsp-add', network, `${network}-router`);
    say('lsp-set-type', `${network}-router`, 'router');
    say('lsp-set-addresses', `${network}-router`, 'router');
    say('lsp-set-options', `${network}-router`, `router-port=${network}-gateway`);
  }
}
