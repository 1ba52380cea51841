import type { DpPort, FlowAction, Rewrite, TunnelKey } from '@midonet/flow';
import type { IpAddress, Mac } from '@midonet/packet';

export const MAX_STEPS = 32;
const MAX_TAGS = 2;

type Output =
  | { readonly kind: 'none' }
  | { readonly kind: 'port'; readonly port: DpPort }
  | { readonly kind: 'tunnel'; readonly port: DpPort; readonly peer: IpAddress; readonly key: TunnelKey }
  | { readonly kind: 'user'; readonly reason: number };

/** One output with the packet's state at it, relative to the packet as it came in (struct step). */
export type Step = {
  readonly ethSrc?: Mac;
  readonly ethDst?: Mac;
  readonly ipSrc?: IpAddress;
  readonly ipDst?: IpAddress;
  readonly ipTos?: number;
  readonly l4Src?: number;
  readonly l4Dst?: number;
  readonly icmpId?: number;
  readonly ttlBy: number;
  readonly vlanPops: number;
  readonly pushed: readonly number[];
  readonly output: Output;
};

type State = Omit<Step, 'output'>;

const START: State = { ttlBy: 0, vlanPops: 0, pushed: [] };

export type Compiled =
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'refused'; readonly reason: 'unsupported' | 'badPort'; readonly detail: string };

/** What a list may refer to. */
export type Targets = {
  hasPort(port: DpPort): boolean;
  /** The tunnel port that reaches `peer`. */
  tunnelTo(peer: IpAddress): DpPort | undefined;
};

/** Turns an action list into steps. An empty list becomes one step that drops. */
export function compileActions(actions: readonly FlowAction[], targets: Targets): Compiled {
  const steps: Step[] = [];
  let refused: Compiled | undefined;
  const refuse = (reason: 'unsupported' | 'badPort', detail: string): void => {
    refused ??= { kind: 'refused', reason, detail };
  };
  const add = (state: State, output: Output): void => {
    if (state.vlanPops > MAX_TAGS || state.pushed.length > MAX_TAGS) {
      refuse('unsupported', `more than ${MAX_TAGS} VLAN tags pushed or popped`);
    }
    const before = steps.at(-1);
    if (before !== undefined && before.vlanPops > 1 && state.vlanPops < before.vlanPops) {
      refuse('unsupported', 'two popped VLAN tags cannot come back for a later output');
    }
    steps.push({ ...state, output });
  };
  const walk = (list: readonly FlowAction[], from: State): void => {
    let state = from;
    for (const action of list) {
      switch (action.kind) {
        case 'set':
        case 'decTtl':
        case 'pushVlan':
        case 'popVlan':
          state = rewritten(state, action);
          break;
        case 'output':
          if (!targets.hasPort(action.port)) {
            refuse('badPort', `output to port ${action.port}, which does not exist: add the port first`);
          }
          add(state, { kind: 'port', port: action.port });
          break;
        case 'tunnel': {
          const port = targets.tunnelTo(action.peer);
          if (port === undefined) refuse('badPort', 'no tunnel port of the peer\u2019s address family: add one first');
          else add(state, { kind: 'tunnel', port, peer: action.peer, key: action.key });
          break;
        }
        case 'userspace':
          add(state, { kind: 'user', reason: action.reason });
          break;
        case 'clone':
          walk(action.actions, state);
          break;
        case 'sample':
        case 'meter':
        case 'conntrack':
          refuse('unsupported', `the ebpf driver has no action '${action.kind}'`);
          break;
        default:
          action satisfies never;
      }
    }
  };
  walk(actions, START);
  if (steps.length > MAX_STEPS) refuse('unsupported', `${steps.length} outputs, at most ${MAX_STEPS} are possible`);
  if (steps.length === 0) steps.push({ ...START, output: { kind: 'none' } });
  return refused ?? { kind: 'steps', steps };
}

function rewritten(state: State, action: Rewrite): State {
  switch (action.kind) {
    case 'set':
      return { ...state, [action.field]: action.value };
    case 'decTtl':
      return { ...state, ttlBy: state.ttlBy + action.by };
    case 'pushVlan':
      return { ...state, pushed: [...state.pushed, action.tci & 0xefff] };
    case 'popVlan':
      if (state.pushed.length > 0) return { ...state, pushed: state.pushed.slice(0, -1) };
      return { ...state, vlanPops: state.vlanPops + 1 };
    default:
      return action satisfies never;
  }
}

/**
 * An action list that does what the steps do: for flows found in the kernel after a restart. All
 * outputs but the last become clones.
 */
export function actionsOf(steps: readonly Step[]): FlowAction[] {
  const actions: FlowAction[] = [];
  for (const [index, step] of steps.entries()) {
    const list = stepActions(step);
    if (index === steps.length - 1) actions.push(...list);
    else actions.push({ kind: 'clone', actions: list });
  }
  return actions;
}

function stepActions(step: Step): FlowAction[] {
  const list: FlowAction[] = [];
  for (const field of ['ethSrc', 'ethDst'] as const) {
    const value = step[field];
    if (value !== undefined) list.push({ kind: 'set', field, value });
  }
  for (const field of ['ipSrc', 'ipDst'] as const) {
    const value = step[field];
    if (value !== undefined) list.push({ kind: 'set', field, value });
  }
  for (const field of ['ipTos', 'l4Src', 'l4Dst', 'icmpId'] as const) {
    const value = step[field];
    if (value !== undefined) list.push({ kind: 'set', field, value });
  }
  if (step.ttlBy > 0) list.push({ kind: 'decTtl', by: step.ttlBy });
  for (let i = 0; i < step.vlanPops; i++) list.push({ kind: 'popVlan' });
  for (const tci of step.pushed) list.push({ kind: 'pushVlan', tci });
  const { output } = step;
  switch (output.kind) {
    case 'none':
      return [];
    case 'port':
      return [...list, { kind: 'output', port: output.port }];
    case 'tunnel':
      return [...list, { kind: 'tunnel', peer: output.peer, key: output.key }];
    case 'user':
      return [...list, { kind: 'userspace', reason: output.reason }];
    default:
      return output satisfies never;
  }
}

/** Whether the step sends by the port: out of it, or through the tunnel that it is. */
export function sendsBy({ output }: Step, port: number): boolean {
  return (output.kind === 'port' || output.kind === 'tunnel') && output.port === port;
}

/** Port of the one output, that of the tunnel if it is one; 0 for none, or several. */
export function outPortOf(steps: readonly Step[]): number {
  const output = steps.length === 1 ? steps[0]?.output : undefined;
  return output?.kind === 'port' || output?.kind === 'tunnel' ? output.port : 0;
}
