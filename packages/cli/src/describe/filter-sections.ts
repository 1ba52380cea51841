import type { RuleDto } from '@midonet/contract';
import { idNames } from '../objects/id-names.ts';
import { nameOf } from '../objects/directory.ts';
import { effectText } from '../rules/rule-effect.ts';
import { conditionText } from '../rules/rule-text.ts';
import type { Session } from '../session.ts';
import { observerSections } from './observer-sections.ts';
import { section, type Section } from './section.ts';

const HOOKS = {
  inboundFilterId: 'inbound',
  outboundFilterId: 'outbound',
  forwardChainId: 'forward',
  localRedirectChainId: 'local redirect',
} as const;

type Filtered = Readonly<Record<string, unknown>> & { readonly id: string };
type Use = { readonly of: string; readonly hook: string; readonly chainId: string };

/** The chains that packets through these meet, those that they jump to, their rules, NAT by itself, and who else looks at packets. */
export async function filterSections(session: Session, objects: readonly Filtered[]): Promise<Section[]> {
  const names = await idNames(session);
  const uses: Use[] = [];
  const policies = new Map<string, string[]>();
  for (const object of objects) {
    for (const [field, hook] of Object.entries(HOOKS)) {
      const chainId = object[field];
      if (typeof chainId === 'string') uses.push({ of: names(object.id), hook, chainId });
    }
    const policy = object['qosPolicyId'];
    if (typeof policy === 'string') policies.set(policy, [...(policies.get(policy) ?? []), names(object.id)]);
  }
  const rules = await rulesOf(session, new Set(uses.map(({ chainId }) => chainId)));
  const nat = rules.filter(({ natTargets, type }) => natTargets !== null || type.startsWith('rev_'));
  const row = (rule: RuleDto): string[] => [
    `${names(rule.chainId)}:${rule.position}`,
    effectText(rule, names),
    conditionText(rule, names),
  ];
  const qos = (await session.directory.qosPolicies()).filter(({ id }) => policies.has(id));
  return [
    section('chains', ['OF', 'HOOK', 'CHAIN'], uses, ({ of, hook, chainId }) => [of, hook, names(chainId)]),
    section('rules', ['RULE', 'ACTION', 'WHEN'], rules, row),
    section('NAT', ['RULE', 'ACTION', 'WHEN'], nat, row),
    section('QoS', ['POLICY', 'OF'], qos, (one) => [
      nameOf(one) || session.idText(one.id),
      (policies.get(one.id) ?? []).join(' '),
    ]),
    ...(await observerSections(session, objects)),
  ];
}

/** Of these chains and of all that they jump to, each once. */
export async function rulesOf(session: Session, chains: Set<string>): Promise<RuleDto[]> {
  const rules: RuleDto[] = [];
  // The set grows while it is gone through; a set gives each once.
  for (const id of chains) {
    const own = await session.client.chains.rules({ id });
    rules.push(...own);
    for (const { jumpChainId } of own) if (jumpChainId !== null) chains.add(jumpChainId);
  }
  return rules;
}
