import { emptyKey, extractKey, NO_CONNECTIONS, type DpPort } from '@midonet/flow';
import { ethernet, frame, ipv4, ipv6, tcp, udp, type FramePart, type Ip4, type Ip6 } from '@midonet/packet';
import { simulate } from '@midonet/simulation';
import { LocalPorts } from '../host/local-ports.ts';
import { Translator } from '../upcalls/translate.ts';
import { SAMPLE_GATEWAY, SAMPLE_MACHINE, SAMPLE_PORT, sampleAddress, sampleNetwork } from './sample-network.ts';

const ROUNDS = 400;
const MADE_UP = 1 as DpPort; // brand: no datapath has to do with it

/**
 * Takes made-up packets through a made-up network, one at each step, until the code that every first
 * packet of a connection goes through has been compiled: the first real one after a start then takes a
 * fraction of the time. Nothing of it leaves this function.
 */
export function* warmUp(): Generator<void> {
  const knowledge = sampleNetwork();
  const translator = new Translator(knowledge, new LocalPorts());
  const key = emptyKey();
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = sampleFrame(round);
    if (extractKey(bytes, bytes.length, MADE_UP, 0, key) !== 'ok') throw new Error('the sample is malformed');
    const { verdict } = simulate(
      { key, frame: bytes, direction: 'in', portId: SAMPLE_PORT },
      { topology: knowledge.devices, state: knowledge, connections: NO_CONNECTIONS, now: round, explain: false },
    );
    if (verdict.kind !== 'forward') throw new Error(`the sample ends as ${verdict.kind}`);
    translator.translate(verdict.actions);
    yield;
  }
}

function sampleFrame(round: number): Uint8Array {
  const link = ethernet({ src: SAMPLE_MACHINE, dst: SAMPLE_GATEWAY });
  const ports = { srcPort: 1_024 + round, dstPort: 80 };
  const upper = round % 3 === 0 ? udp(ports) : tcp(ports);
  return frame(link, network(round % 4 === 3 ? 6 : 4), upper);
}

function network(version: 4 | 6): FramePart {
  const [src, dst] = [sampleAddress(1, version), sampleAddress(2, version)];
  return version === 4 ? ipv4({ src: src as Ip4, dst: dst as Ip4 }) : ipv6({ src: src as Ip6, dst: dst as Ip6 });
}
