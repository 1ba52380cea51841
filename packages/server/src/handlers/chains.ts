import { chainToDto, newChain, newRule, ruleToDto, updateChain, updateRule } from '@midonet/contract';
import type { Base, RuleDto } from '@midonet/contract';
import type { ChainId, RuleId, UnplacedRule } from '@midonet/topology';
import { ruleHits } from '../drops/rule-hits.ts';
import type { Group } from '../http/handlers.ts';
import { usersOfChain, usersOfChains } from './chain-users.ts';
import { found, matches, newId, pathId, unwrap, type Services } from './services.ts';

type Placed = { readonly rule: UnplacedRule; readonly position: number };

async function present({ reader }: Services, { rule, position }: Placed, base: Base): Promise<RuleDto> {
  const target = rule.type === 'jump' ? await reader.get('chain', rule.jumpChainId) : undefined;
  return ruleToDto(rule, { position, jumpChainName: target?.name }, base);
}

export function chainHandlers(services: Services): Group<'chains'> {
  const { reader, writer } = services;
  const read = async (text: string) => found(await reader.get('chain', pathId('chain', text)), 'chain', text);
  return {
    list: async ({ query, base }) => {
      const chains = await reader.list('chain');
      const usersOf = await usersOfChains(reader);
      return chains
        .filter((one) => matches(query, one.tenantId, one.name))
        .map((one) => chainToDto(one, usersOf(one), base));
    },
    get: async ({ params, base }) => {
      const chain = await read(params.id);
      return chainToDto(chain, await usersOfChain(reader, chain), base);
    },
    create: async ({ body, base, author }) => {
      const chain = await writer.create(newChain(body, newId), author);
      return chainToDto(chain, await usersOfChain(reader, chain), base);
    },
    update: async ({ params, body, base, author }) => {
      const id = pathId<ChainId>('chain', params.id);
      const chain = await writer.update('chain', id, (old) => updateChain(old, body), author);
      return chainToDto(chain, await usersOfChain(reader, chain), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('chain', pathId('chain', params.id), author);
      return undefined;
    },
    rules: async ({ params, base }) => {
      const rules = await reader.rules((await read(params.id)).id);
      return Promise.all(rules.map((rule, index) => present(services, { rule, position: index + 1 }, base)));
    },
    ruleHits: async ({ params }) => {
      const rules = await reader.rules((await read(params.id)).id);
      const ids = rules.map(({ id }) => id);
      return ruleHits(services, ids);
    },
    createRule: async ({ params, body, base, author }) => {
      const chainId = pathId<ChainId>('chain', params.id);
      const rule = unwrap(newRule(body, chainId, newId));
      const position = body.position ?? 1;
      await writer.insertRule(rule, position, author);
      return present(services, { rule, position }, base);
    },
  };
}

export function ruleHandlers(services: Services): Group<'rules'> {
  const { reader, writer } = services;
  return {
    get: async ({ params, base }) => {
      const rule = found(await reader.get('rule', pathId('rule', params.id)), 'rule', params.id);
      return present(services, { rule, position: await reader.positionOf(rule) }, base);
    },
    update: async ({ params, body, base, author }) => {
      const id = pathId<RuleId>('rule', params.id);
      const of = (old: Parameters<typeof updateRule>[0]) => unwrap(updateRule(old, body));
      const rule = await writer.updateRule(id, { of, position: body.position ?? undefined }, author);
      return present(services, { rule, position: await reader.positionOf(rule) }, base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('rule', pathId('rule', params.id), author);
      return undefined;
    },
  };
}
