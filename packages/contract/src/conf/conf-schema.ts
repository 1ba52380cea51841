import type { ConfValue } from '@midonet/topology';
import { addressAndPort, listenAddress } from '../listen-address.ts';
import type { ConfType, TextCheck } from './conf-type.ts';

/** One setting that can be made centrally. */
export type ConfSetting = {
  /** MidoNet's name of it where that means the same. */
  readonly key: string;
  readonly type: ConfType;
  readonly initial: ConfValue;
  readonly help: string;
  /** The agent's flag that says the same, and goes before. */
  readonly flag?: string;
  /** When an agent follows a change. */
  readonly applies: 'at once' | 'with a new flow table';
};

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const MIB = 1 << 20;

const httpUrl: TextCheck = {
  holds: (text) => text === '' || /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
  what: 'empty or an http(s) URL such as http://192.0.2.1:8775',
};
const listening: TextCheck = {
  holds: (text) => text === '' || listenAddress(text) !== undefined,
  what: 'empty or ADDR:PORT such as 192.0.2.11:8182',
};
const resolver: TextCheck = {
  holds: (text) => addressAndPort(text, 53) !== undefined,
  what: 'an address, ADDRESS:PORT or [ADDRESS]:PORT',
};

const SETTINGS = [
  {
    key: 'agent.loggers.root',
    type: { kind: 'enum', words: ['DEBUG', 'INFO', 'WARN', 'ERROR'] },
    initial: 'INFO',
    help: 'how much the agent logs',
    flag: 'log',
    applies: 'at once',
  },
  {
    key: 'agent.dns.resolvers',
    type: { kind: 'string[]', check: resolver, most: 8 },
    initial: [],
    help: "whom to ask for names that instances look up, tried in turn; the host's own when there is none",
    flag: 'dns-resolver',
    applies: 'at once',
  },
  {
    key: 'agent.openstack.metadata.enabled',
    type: { kind: 'bool' },
    initial: false,
    help: 'whether instances get metadata; the secret is in a file of each host',
    flag: 'metadata-url',
    applies: 'at once',
  },
  {
    key: 'agent.openstack.metadata.nova_metadata_url',
    type: { kind: 'string', check: httpUrl },
    initial: '',
    help: 'the metadata service, such as http://192.0.2.1:8775',
    flag: 'metadata-url',
    applies: 'at once',
  },
  {
    key: 'agent.metrics.listen',
    type: { kind: 'string', check: listening },
    initial: '',
    help: 'where to answer /metrics, /healthz and /readyz to everybody, for monitoring; nowhere when empty',
    flag: 'metrics',
    applies: 'at once',
  },
  {
    key: 'agent.bridge.mac_port_mapping_expire',
    type: { kind: 'duration', min: SECOND, max: DAY },
    initial: '30s',
    help: 'how long a learned MAC address stays that no flow uses, at least; twice as long at most',
    applies: 'at once',
  },
  {
    key: 'agent.arptable.arp_stale',
    type: { kind: 'duration', min: SECOND, max: DAY },
    initial: '60s',
    help: 'how old a neighbour of a router is when it is asked for again, if flows use it',
    applies: 'at once',
  },
  {
    key: 'agent.arptable.arp_expiration',
    type: { kind: 'duration', min: SECOND, max: DAY },
    initial: '90s',
    help: 'how old a neighbour of a router is when it is forgotten',
    applies: 'at once',
  },
  {
    key: 'agent.rule_logging.max_files',
    type: { kind: 'int', min: 1, max: 100 },
    initial: 5,
    help: 'files that are kept of the log of rules',
    applies: 'at once',
  },
  {
    key: 'agent.rule_logging.max_file_size',
    type: { kind: 'size', min: 1 << 10, max: 1 << 30 },
    initial: 16 * MIB,
    help: 'how large one of them grows',
    applies: 'at once',
  },
  {
    key: 'agent.datapath.max_flow_count',
    type: { kind: 'int', min: 64, max: MIB },
    initial: 65_536,
    help: 'flows kept in the kernel at most',
    flag: 'max-flows',
    applies: 'with a new flow table',
  },
] as const satisfies readonly ConfSetting[];

export type ConfKey = (typeof SETTINGS)[number]['key'];

/** Every setting that agents take from the controllers. */
export const CONF_SETTINGS: readonly ConfSetting[] = SETTINGS;
