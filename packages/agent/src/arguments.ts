import { CONF_SETTINGS, listenAddress, withSettings, type ConfKey, type ListenAddress } from '@midonet/contract';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { wrongInstanceArgument, type InstanceArguments } from './instance/instance-settings.ts';

export const USAGE = `midonet agent: carries the virtual networks' traffic on this host

  midonet agent --controller URL [--controller URL …] [--name HOST] --state DIR
  midonet agent status|ports|flows|drops|devices|metrics --state DIR
  midonet agent trace --state DIR --port ID --frame HEX
  midonet agent remove --state DIR

  --controller URL   where a controller answers; several are tried in turn
  --name HOST        this host's name in the API (default: the one it enrolled
                     with, or the machine's)
  --state DIR        the agent's own folder (default: /var/lib/midonet/agent)
  --token TOKEN      the controllers' token (better: MIDONET_TOKEN or
                     --token-file)
  --token-file FILE  reads the token from a file
  --enrol TOKEN      becomes the host that 'midonet host enrol' made this token
                     for (better: MIDONET_ENROL); its credential is kept in
                     DIR/credential and used from then on
  --ca FILE          trusts the certificates in this file as well (or MIDONET_CA)
  --max-flows N      flows kept in the kernel at most, 64 to 1048576; the least
                     recently used make room (default: 65536; a change needs
                     'remove' first)
  --big-tcp on|off   lets machines on veths send TCP packets of up to 192 KiB
                     through the tunnels; raises the gso_max_size of their
                     interfaces and of the underlay's, whose driver must take as
                     much (default: off)
  --metadata-url URL the metadata service (Nova's, http://192.0.2.1:8775) for
                     instances of this host
  --metadata-secret-file FILE
                     the secret that it shares with this agent, in a file that
                     nobody else may read (0600); alone where the service is
                     set centrally (midonet conf)
  --dns-resolver ADDRESS[:PORT]
                     whom to ask for names that instances look up; several are
                     tried in turn (default: the host's own)
  --metrics ADDR:PORT
                     answers /metrics, /healthz and /readyz there, to everybody,
                     for monitoring
  --config FILE      reads settings that are not given here from this file:
                     lines of name = value
  --log LEVEL        debug, info, warn or error (default: info)

Stopped by a signal, the kernel keeps forwarding and the next start takes over.
'remove' starts and takes everything down: programs, maps, tunnels.

Examples:
  MIDONET_ENROL=mne_… midonet agent --controller https://192.0.2.1:8181
  midonet agent --config /etc/midonet/agent.conf --metrics 192.0.2.11:8182
  midonet agent status
  midonet agent metrics --state /var/lib/midonet/agent
`;

export const QUESTIONS = ['status', 'ports', 'flows', 'drops', 'devices', 'metrics', 'trace'] as const;
export type Question = (typeof QUESTIONS)[number];
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type AgentArguments =
  | { readonly kind: 'help' }
  | (InstanceArguments & {
      readonly kind: 'run' | 'remove';
      readonly controllerUrls: readonly string[];
      readonly hostName: string | undefined;
      readonly stateDir: string;
      readonly token: string | undefined;
      readonly tokenFile: string | undefined;
      readonly enrol: string | undefined;
      readonly ca: string | undefined;
      readonly level: (typeof LEVELS)[number];
      /** Absent: the datapath's own default. */
      readonly maxFlows: number | undefined;
      readonly bigTcp: boolean;
      /** What of the central settings is said here. */
      readonly ownSettings: ReadonlySet<ConfKey>;
      /** Where monitoring may ask. */
      readonly metrics: ListenAddress | undefined;
    })
  | {
      readonly kind: 'ask';
      readonly question: Question;
      readonly stateDir: string;
      readonly port: string | undefined;
      readonly frame: string | undefined;
    }
  | { readonly kind: 'wrong'; readonly message: string };

/** One upcall batch must find room; the datapath's flow ids have 22 bits for the slot. */
const FEWEST_FLOWS = 64;
const MOST_FLOWS = 1 << 20;
const DEFAULT_STATE = '/var/lib/midonet/agent';

export const FLAGS = {
  controller: { type: 'string', multiple: true },
  name: { type: 'string' },
  state: { type: 'string', default: DEFAULT_STATE },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  enrol: { type: 'string' },
  ca: { type: 'string' },
  'max-flows': { type: 'string' },
  'big-tcp': { type: 'string', default: 'off' },
  'metadata-url': { type: 'string' },
  'metadata-secret-file': { type: 'string' },
  'dns-resolver': { type: 'string', multiple: true },
  metrics: { type: 'string' },
  log: { type: 'string', default: 'info' },
  port: { type: 'string' },
  frame: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export function agentArguments(words: readonly string[], env: NodeJS.ProcessEnv): AgentArguments {
  let parsed;
  try {
    const args = withSettings('agent', words, env, (path) => readFileSync(path, 'utf8'));
    parsed = parseArgs({ args, allowPositionals: true, options: FLAGS, tokens: true });
  } catch (error) {
    return { kind: 'wrong', message: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals, tokens } = parsed;
  if (values.help === true) return { kind: 'help' };
  const [word, ...more] = positionals;
  if (more.length > 0) return { kind: 'wrong', message: `unexpected '${more.join(' ')}'` };
  const question = QUESTIONS.find((known) => known === word);
  if (question !== undefined) {
    return { kind: 'ask', question, stateDir: values.state, port: values.port, frame: values.frame };
  }
  if (word !== undefined && word !== 'remove') return { kind: 'wrong', message: `unknown command '${word}'` };
  const level = LEVELS.find((known) => known === values.log);
  if (level === undefined) return { kind: 'wrong', message: `--log: expected one of ${LEVELS.join(', ')}` };
  const maxFlows = values['max-flows'] === undefined ? undefined : Number(values['max-flows']);
  if (maxFlows !== undefined && !(Number.isInteger(maxFlows) && maxFlows >= FEWEST_FLOWS && maxFlows <= MOST_FLOWS)) {
    return {
      kind: 'wrong',
      message: `--max-flows: '${values['max-flows'] ?? ''}' is not from ${FEWEST_FLOWS} to ${MOST_FLOWS}`,
    };
  }
  if (!['on', 'off'].includes(values['big-tcp'])) {
    return { kind: 'wrong', message: `--big-tcp: '${values['big-tcp']}' is neither on nor off` };
  }
  const metrics = values.metrics === undefined ? undefined : listenAddress(values.metrics);
  if (values.metrics !== undefined && metrics === undefined) {
    return { kind: 'wrong', message: `--metrics: '${values.metrics}' is no ADDR:PORT` };
  }
  const instance = {
    metadataUrl: values['metadata-url'],
    metadataSecretFile: values['metadata-secret-file'],
    dnsResolvers: values['dns-resolver'] ?? [],
  };
  const wrong = wrongInstanceArgument(instance);
  if (wrong !== undefined) return { kind: 'wrong', message: wrong };
  const controllerUrls = values.controller ?? [];
  const bad = controllerUrls.find((url) => !/^https?:$/.test(URL.parse(url)?.protocol ?? ''));
  if (bad !== undefined) return { kind: 'wrong', message: `--controller: '${bad}' is no http(s) URL` };
  if (word === undefined && controllerUrls.length === 0) {
    return { kind: 'wrong', message: 'give a controller: --controller http://ADDRESS:8181' };
  }
  return {
    kind: word === 'remove' ? 'remove' : 'run',
    controllerUrls,
    hostName: values.name,
    stateDir: values.state,
    token: values.token ?? env['MIDONET_TOKEN'],
    tokenFile: values['token-file'],
    enrol: values.enrol ?? env['MIDONET_ENROL'],
    ca: values.ca ?? env['MIDONET_CA'],
    level,
    maxFlows,
    bigTcp: values['big-tcp'] === 'on',
    ownSettings: settingsOf(tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []))),
    metrics,
    ...instance,
  };
}

/** The central settings that flags stand for. */
function settingsOf(flags: readonly string[]): ReadonlySet<ConfKey> {
  const said = CONF_SETTINGS.filter(({ flag }) => flag !== undefined && flags.includes(flag));
  return new Set(said.map(({ key }) => key as ConfKey)); // the list has no other keys
}
