import {
  arp,
  ARP_REPLY,
  ARP_REQUEST,
  ethernet,
  frame,
  isMalformed,
  parseArp,
  type Arp,
  type Ip4,
  type Mac,
} from '@midonet/packet';

/** One end of an ARP message. */
export type ArpEnd = { readonly mac: Mac; readonly ip: Ip4 };

/** Ethernet frames have at least 60 bytes without checksum. */
const PADDING = new Uint8Array(18);

/** Reads the message at `at`; undefined when it is short or not about IPv4 over Ethernet. */
export function readArp(bytes: Uint8Array, at: number): Arp | undefined {
  const message = parseArp(bytes, at, bytes.length);
  return isMalformed(message) ? undefined : message;
}

export function arpRequestFrame(sender: ArpEnd, target: ArpEnd, dstMac: Mac): Uint8Array {
  return arpFrame(ARP_REQUEST, sender, target, dstMac);
}

export function arpReplyFrame(sender: ArpEnd, target: ArpEnd): Uint8Array {
  return arpFrame(ARP_REPLY, sender, target, target.mac);
}

function arpFrame(operation: number, sender: ArpEnd, target: ArpEnd, dst: Mac): Uint8Array {
  const message = arp({
    operation,
    senderMac: sender.mac,
    senderIp: sender.ip,
    targetMac: target.mac,
    targetIp: target.ip,
  });
  return frame(ethernet({ dst, src: sender.mac }), message, PADDING);
}
