import { parseMac, printFrame, type Mac } from '@midonet/packet';
import type { Command } from 'commander';
import { numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import { idNames } from '../objects/id-names.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand, type Options } from '../verbs.ts';
import { nextMac, senderMac } from './next-mac.ts';
import { frameOf, parsePacketText, type PacketText } from './packet-text.ts';
import { renderTrace } from './render.ts';

export function addTrace(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'trace [packet...]',
    summary: 'walk a packet through the live topology, step by step; nothing is sent',
    options: [
      ['--from-port <port>', 'the port it enters at'],
      ['--udp <src,dst>', 'a UDP packet, as 10.0.0.2:1000,10.0.1.3:53'],
      ['--tcp <src,dst>', 'a TCP SYN, likewise'],
      ['--icmp <src,dst>', 'an echo request, as 10.0.0.2,10.0.1.3 (either IP version)'],
      ['--arp <src,dst>', 'an ARP request of src for dst'],
      ['--hex <frame>', 'any frame, in hex'],
      ['--src-mac <mac>', 'the sender; known from the MAC table by default'],
      ['--dst-mac <mac>', 'the receiver; the neighbour or gateway by default'],
      ['--ttl <hops>', 'TTL or hop limit, 64 by default'],
      ['--vlan <id>', 'with a VLAN tag'],
      ['--size <bytes>', 'payload, 8 by default'],
    ],
    examples: [
      "midonet trace --from-port web 'udp 10.1.0.10:1000 > 10.2.0.10:53'",
      'midonet trace --from-port web --icmp 10.1.0.10,10.2.0.10',
    ],
    act: trace,
  });
}

async function trace(session: Session, words: readonly string[], options: Options): Promise<void> {
  const port = await session.directory.port(options.required('fromPort', '--from-port'));
  const hex = options.text('hex');
  let frameHex: string;
  let print: string;
  if (hex === undefined) {
    const packet = packetOf(words, options);
    const ttl = options.text('ttl');
    const vlan = options.text('vlan');
    const frame = frameOf(packet, {
      srcMac: mac('--src-mac', options.text('srcMac') ?? (await senderMac(session, port))),
      dstMac:
        packet.kind === 'arp'
          ? mac('--dst-mac', 'ff:ff:ff:ff:ff:ff')
          : mac('--dst-mac', options.text('dstMac') ?? (await nextMac(session, port, packet.dst.ip))),
      ttl: ttl === undefined ? 64 : numberArgument('--ttl', ttl, 0, 255),
      vlan: vlan === undefined ? undefined : numberArgument('--vlan', vlan, 0, 4094),
      payload: numberArgument('--size', options.text('size') ?? '8', 0, 65000),
    });
    frameHex = Buffer.from(frame).toString('hex');
    print = printFrame(frame);
  } else {
    if (words.length > 0) throw usageError('give the packet either as text or as --hex');
    frameHex = hex;
    print = printFrame(Buffer.from(hex.replace(/[\s:-]/g, ''), 'hex'));
  }
  const outcome = await session.client.simulation.run({ body: { portId: port.id, frame: frameHex } });
  const names = await idNames(session);
  session.show(outcome, () => [print, '', renderTrace(outcome, names)].join('\n'));
}

function packetOf(words: readonly string[], options: Options): PacketText {
  const flags = ['udp', 'tcp', 'icmp', 'arp'].filter((kind) => options.text(kind) !== undefined);
  const [kind] = flags;
  if (flags.length + (words.length > 0 ? 1 : 0) !== 1) {
    throw usageError(
      "say which packet: as text, 'udp 10.0.0.2:1000 > 10.0.1.3:53', or by one of --udp, --tcp, --icmp, --arp, --hex",
    );
  }
  if (kind === undefined) return parsePacketText(words.join(' '));
  return parsePacketText(`${kind} ${(options.text(kind) ?? '').replace(/[,>]/, ' ')}`);
}

function mac(flag: string, text: string): Mac {
  const parsed = parseMac(text);
  if (parsed === undefined) throw usageError(`${flag}: "${text}" is no MAC address`);
  return parsed;
}
