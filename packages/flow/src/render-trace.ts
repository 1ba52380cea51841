import { printRef } from './print-actions.ts';
import type { TraceAction, TraceStep } from './trace.ts';

/**
 * A trace as lines of text, one step a line; the packet's print follows on a line of its own
 * whenever it has changed since the step before.
 *
 *   router edge      route 10.0.1.0/24 via 10.0.1.1
 *                    packet 02:… > 02:… ipv4 | …
 */
export function renderTrace(steps: readonly TraceStep[]): string[] {
  const width = steps.reduce((widest, step) => Math.max(widest, printRef(step.at).length), 0);
  const indent = ' '.repeat(width + 2);
  const lines: string[] = [];
  let packet = '';
  for (const step of steps) {
    lines.push(`${printRef(step.at).padEnd(width)}  ${printTraceAction(step.action)}`);
    if (step.packet !== packet && step.packet !== '') lines.push(`${indent}packet ${step.packet}`);
    packet = step.packet;
  }
  return lines;
}

export function printTraceAction(action: TraceAction): string {
  switch (action.kind) {
    case 'ingress':
      return `in by port ${action.portId}`;
    case 'egress':
      return `out by port ${action.portId}`;
    case 'link':
      return `through the link from port ${action.from} to port ${action.to}`;
    case 'learn':
      return `learn ${action.detail}`;
    case 'lookup':
      return `look up ${action.key} in ${action.table}: ${action.result}`;
    case 'flood':
      return `flood to ${action.ports.length} ports: ${action.ports.join(', ')}`;
    case 'route':
      return `route ${action.route} next hop ${action.nextHop}`;
    case 'rewrite':
      return `rewrite ${action.detail}`;
    case 'connection':
      return `connection ${action.detail}`;
    case 'answer':
      return `answer ${action.detail}`;
    case 'chain':
      return `enter as ${action.hook}`;
    case 'rule':
      return action.applies ? `${action.does}: ${action.why}` : `does not apply: ${action.why}`;
    case 'mirror':
      return printMirrored(action);
    case 'insertion':
      return `insertion ${action.detail}`;
    case 'end':
      return `${action.verdict}${action.detail === '' ? '' : `: ${action.detail}`}`;
    default:
      return action satisfies never;
  }
}

type Shown = Extract<TraceAction, { readonly kind: 'mirror' }>;

/** What came of showing the packet to a mirror, and why. */
export function printMirrored(action: Shown): string {
  return `shown at the ${action.hook}: ${resultText(action)} (${action.why})`;
}

function resultText({ result, portId }: Shown): string {
  switch (result) {
    case 'copied':
      return `copied to port ${portId}`;
    case 'passedOver':
      return 'not copied';
    case 'ownPort':
      return `not copied, as it came in by port ${portId} itself`;
    case 'portDown':
      return `copy lost, as port ${portId} is down`;
    case 'portLinked':
      return `copy lost, as port ${portId} is linked: only ports bound to an interface take copies`;
    case 'portUnbound':
      return `copy lost, as port ${portId} is bound to no interface`;
    case 'portServes':
      return `copy lost, as port ${portId} serves L2 insertions: what it sends on would be copied again`;
    case 'portInactive':
      return `copy lost, as port ${portId} runs on no host`;
    default:
      return result satisfies never;
  }
}
