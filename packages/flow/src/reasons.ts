/**
 * Every way a packet can end, with the sentence that explains it to a person. Counters, traces,
 * `midonet trace` and the docs all read this table; nothing ends a packet under another name.
 */
export const DROP_REASONS = {
  malformed: 'the frame is cut short or its headers contradict each other',
  groupSource: 'the source MAC is a multicast or broadcast address',
  sameSourceAndDestination: 'source and destination MAC are the same',
  portDown: 'the port is administratively down',
  deviceDown: 'the bridge or router is administratively down',
  portUnlinked: 'the port is neither linked to another device nor bound to an interface',
  portInactive: 'the egress port is bound to a host that is not running it',
  noTunnelRoute: 'the egress host shares no tunnel zone with this host',
  hairpin: 'the frame would leave through the port it came from',
  noOtherPort: 'there is no other port to flood to',
  vlanMismatch: 'the VLAN tag does not belong to this port',
  taggedToRouter: 'routers do not take VLAN-tagged frames',
  notForRouter: "the destination MAC is not the router port's",
  etherTypeNotRouted: 'routers take only IPv4, IPv6 and ARP',
  spoofedMac: 'the source MAC is none that the port may use',
  spoofedAddress: 'the source address is none that the port may use',
  spoofedNeighbour: 'ARP or neighbour discovery names a MAC or address that the port may not use',
  rogueDhcpServer: 'an answer of a DHCP server, from a port that may only ask',
  rogueRouterAdvertisement: 'a router advertisement or redirect, from a port that is no router',
  noRoute: 'no route matches the destination',
  blackhole: 'the route is a blackhole',
  rejectRoute: 'the route rejects the destination',
  ttlExpired: 'TTL or hop limit ran out',
  neighbourUnresolved: 'the next hop did not answer ARP or neighbour discovery',
  notLocalService: "the packet is for the router's own address, which offers no such service",
  invalidSource: 'the source address may not be routed (loopback, multicast, unspecified, link-local)',
  invalidDestination:
    'the destination address may not be routed (loopback, multicast, broadcast, unspecified, a subnet broadcast)',
  linkLocalScope: 'link-local addresses are not forwarded',
  martianArp: "the ARP sender is not in the port's subnet",
  oversize: "the packet is larger than the next hop's MTU and must not be fragmented",
  tooLongForPort:
    "the packet is longer than the egress port's interface or its tunnel takes, and no router on its way could say so",
  chainDrop: 'a rule of a chain drops it',
  chainReject: 'a rule of a chain rejects it',
  chainTooLong: 'the rules jumped more often than one packet may',
  serviceDown: 'the service port of an L2 insertion is down, and the insertion does not fail open',
  notForService: 'a service port gets only what L2 insertions send to it',
  notFromService: 'the service port sent a frame that belongs to none of its L2 insertions',
  insertionTagged: 'the frame has a VLAN tag of its own where an L2 insertion marks frames with one',
  natExhausted: 'every port that the source may be translated to is in use towards this destination',
  fragmentUnknown: 'a later fragment of a packet whose first fragment is not known, or began no connection',
  noMember: 'no member of the pool takes new connections',
  mirrorUnreachable:
    "a mirror's copy is lost, as its port is down, linked, unbound, not running or beyond all tunnels; the packet itself goes on",
  loop: 'the packet passed more devices than a path may have',
  icmpSuppressed: 'an ICMP error may not be sent for this packet (RFC 1812 4.3.2.7, RFC 4443 2.4)',
  parkedTooLong: 'what the packet waited for did not come in time',
  parkingFull: 'too many packets wait for missing topology or neighbours',
  unknownTunnelKey: 'no port of this host has the tunnel key',
  notBound: 'the interface is not bound to a virtual port',
} as const;

export type DropReason = keyof typeof DROP_REASONS;

export const CONSUME_REASONS = {
  arpReply: 'answered from the ARP table or by the router that owns the address',
  neighbourReply: 'answered by neighbour discovery',
  neighbourLearned: 'an ARP reply or neighbour advertisement was learned',
  echoReply: 'the router answered an echo request',
  icmpError: 'the router sent an ICMP error instead of forwarding',
  fragmented: 'the packet was larger than the MTU and allowed fragments; the router sent it on in fragments',
  dhcpReply: 'the bridge answered DHCP',
  dhcpIgnored: 'a DHCP message the bridge has no answer for',
  metadataRequest: "a request to the metadata service; the agent of the instance's host answers it",
  dnsQuery: "a query to the bridge's DNS forwarder; the agent of the instance's host answers it",
  healthAnswer: "the answer of a pool's member to a health check; it goes to the agent that asks",
  routerAdvertisement: 'the router answered a router solicitation',
} as const;

export type ConsumeReason = keyof typeof CONSUME_REASONS;
