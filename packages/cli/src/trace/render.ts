import type { OutcomeDto } from '@midonet/contract';
import { printMirrored, type TraceAction } from '@midonet/flow';

/** Name of the object with this id, or a short form of the id. */
export type NameOf = (id: string) => string;

/** The walk of a packet, one line per step, and what became of it at the end. */
export function renderTrace(outcome: OutcomeDto, nameOf: NameOf): string {
  const lines = renderSteps(outcome.trace, nameOf);
  for (const { portId, frame } of outcome.emissions) {
    lines.push(`     a device sends ${frame.length / 2} bytes through port ${nameOf(portId)}`);
  }
  lines.push('', ...renderEnd(outcome, nameOf));
  return lines.join('\n');
}

/** One line a step; the packet below it whenever it has changed. */
export function renderSteps(steps: OutcomeDto['trace'], nameOf: NameOf): string[] {
  const lines: string[] = [];
  let packet = '';
  for (const [index, step] of steps.entries()) {
    // A rule is named as it can be on the command line.
    const name = step.at.kind === 'rule' ? undefined : step.at.name;
    const place = step.at.kind === 'network' ? 'another network' : `${step.at.kind} ${name ?? nameOf(step.at.id)}`;
    lines.push(`${String(index + 1).padStart(3)}. ${place.padEnd(24)} ${withNames(renderAction(step.action), nameOf)}`);
    if (step.packet !== packet && step.packet !== '') lines.push(`     ${''.padEnd(24)} ${step.packet}`);
    packet = step.packet;
  }
  return lines;
}

function renderEnd(outcome: OutcomeDto, nameOf: NameOf): string[] {
  const copies = outcome.copyPorts.map(nameOf);
  const copied = copies.length === 0 ? [] : [`copied by mirrors to ${copies.join(', ')}`];
  return [...copied, ...renderVerdict(outcome, nameOf)];
}

function renderVerdict(outcome: OutcomeDto, nameOf: NameOf): string[] {
  const by = outcome.by === null ? '' : ` by ${outcome.by.kind} ${nameOf(outcome.by.id)}`;
  const reason = outcome.reason === null ? '' : ` (${outcome.reason})`;
  switch (outcome.verdict) {
    case 'forward': {
      const ports = outcome.egressPorts.map(nameOf).join(', ');
      const actions = outcome.actions.map((action) => withNames(action, nameOf));
      return [
        `forwarded: ${ports === '' ? outcome.explanation : `leaves through ${ports}`}`,
        `actions: ${actions.join(', ')}`,
      ];
    }
    case 'drop':
      return [`dropped${by}: ${outcome.explanation}${reason}`];
    case 'consume':
      return [`consumed${by}: ${outcome.explanation}${reason}`];
    case 'blocked': {
      return outcome.missing.map((one) => `waiting: ${withNames(renderMissing(one), nameOf)}`);
    }
  }
}

/** Controllers newer than this program may send kinds it does not know; they are printed as they are. */
function renderAction(action: { readonly kind: string }): string {
  if (action.kind === 'hidden') return 'passes what is not yours to see';
  return isKnown(action) ? renderKnown(action) : JSON.stringify(action);
}

/** What a device would wait for before it goes on. */
function renderMissing(missing: { readonly kind: string; readonly [field: string]: unknown }): string {
  const { kind, portId, ip } = missing;
  if (kind === 'neighbour' && typeof portId === 'string' && typeof ip === 'string') {
    return `the router first asks behind port ${portId} who has ${ip}; nobody answered lately`;
  }
  if (kind === 'notYours') return 'the packet comes to what is not yours to see';
  return JSON.stringify(missing);
}

const KNOWN: Readonly<Record<TraceAction['kind'], readonly string[]>> = {
  ingress: ['portId'],
  egress: ['portId'],
  link: ['from', 'to'],
  learn: ['detail'],
  lookup: ['table', 'key', 'result'],
  flood: ['ports'],
  route: ['route', 'nextHop'],
  rewrite: ['detail'],
  connection: ['detail'],
  answer: ['detail'],
  chain: ['hook'],
  rule: ['applies', 'does', 'why'],
  mirror: ['hook', 'portId', 'result', 'why'],
  insertion: ['detail'],
  end: ['verdict', 'detail'],
};

function isKnown(action: { readonly kind: string }): action is TraceAction {
  const needed = Object.entries(KNOWN).find(([kind]) => kind === action.kind)?.[1];
  return needed?.every((field) => field in action) ?? false;
}

function renderKnown(action: TraceAction): string {
  switch (action.kind) {
    case 'ingress':
      return `enters at port ${action.portId}`;
    case 'egress':
      return `leaves at port ${action.portId}`;
    case 'link':
      return `crosses the link from ${action.from} to ${action.to}`;
    case 'learn':
      return `learns ${action.detail}`;
    case 'lookup':
      return `${action.table}: ${action.key} → ${action.result}`;
    case 'flood':
      return `floods to ${action.ports.length} ports: ${action.ports.join(', ')}`;
    case 'route':
      return `route ${action.route}, next hop ${action.nextHop}`;
    case 'rewrite':
      return `rewrites ${action.detail}`;
    case 'connection':
      return `connection: ${action.detail}`;
    case 'answer':
      return `answers: ${action.detail}`;
    case 'chain':
      return `enters as ${action.hook}`;
    case 'rule':
      return action.applies ? `${action.does}: ${action.why}` : `does not apply: ${action.why}`;
    case 'mirror':
      return printMirrored(action);
    case 'insertion':
      return action.detail;
    case 'end':
      return `${action.verdict}: ${action.detail}`;
  }
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function withNames(text: string, nameOf: NameOf): string {
  return text.replace(UUID, nameOf);
}
