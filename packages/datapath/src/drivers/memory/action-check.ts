import type { DpPort, FlowAction } from '@midonet/flow';
import type { Capabilities, PutResult } from '../../datapath.ts';

type Refused = Extract<PutResult, { kind: 'refused' }>;

/** Why this driver cannot run `actions`; undefined when it can. */
export function refusal(
  actions: readonly FlowAction[],
  capabilities: Capabilities,
  hasPort: (port: DpPort) => boolean,
): Refused | undefined {
  let outputs = 0;
  const visit = (list: readonly FlowAction[]): Refused | undefined => {
    for (const action of list) {
      if (!capabilities.actions.has(action.kind)) {
        return refused('unsupported', `the ${capabilities.name} driver has no action '${action.kind}'`);
      }
      if (action.kind === 'output' || action.kind === 'tunnel') outputs++;
      if (action.kind === 'output' && !hasPort(action.port)) {
        return refused('badPort', `output to port ${action.port}, which does not exist: add the port first`);
      }
      if (action.kind === 'clone') {
        const inner = visit(action.actions);
        if (inner !== undefined) return inner;
      }
    }
    return undefined;
  };
  const found = visit(actions);
  if (found !== undefined || outputs <= capabilities.maxOutputs) return found;
  return refused('unsupported', `${outputs} outputs, at most ${capabilities.maxOutputs} are possible`);
}

function refused(reason: Refused['reason'], detail: string): Refused {
  return { kind: 'refused', reason, detail };
}
