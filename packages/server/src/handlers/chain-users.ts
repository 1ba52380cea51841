import type { ChainUsers } from '@midonet/contract';
import type { Bridge, Chain, ChainId, Port, Router, Rule } from '@midonet/topology';
import type { Reader } from '../topology/reader.ts';

type User = Bridge | Router | Port | Rule;
type Use = keyof ChainUsers;
type Mutable = { [K in Use]: string[] };

/** Who uses which chain, gathered from the users themselves. */
class UserIndex {
  readonly #chains = new Map<ChainId, Mutable>();

  add(user: User): void {
    const use = (chain: ChainId | undefined, how: Use): void => {
      if (chain !== undefined) this.#entry(chain)[how].push(user.id);
    };
    switch (user.kind) {
      case 'bridge':
        use(user.inboundFilterId, 'networkInboundIds');
        use(user.outboundFilterId, 'networkOutboundIds');
        break;
      case 'router':
        use(user.inboundFilterId, 'routerInboundIds');
        use(user.outboundFilterId, 'routerOutboundIds');
        use(user.forwardChainId, 'routerForwardIds');
        use(user.localRedirectChainId, 'routerLocalRedirectIds');
        break;
      case 'port':
        use(user.inboundFilterId, 'portInboundIds');
        use(user.outboundFilterId, 'portOutboundIds');
        break;
      case 'rule':
        use(user.chainId, 'ruleIds');
        if (user.type === 'jump') use(user.jumpChainId, 'jumpRuleIds');
        break;
    }
  }

  of(chain: ChainId): ChainUsers {
    return this.#entry(chain);
  }

  #entry(chain: ChainId): Mutable {
    let entry = this.#chains.get(chain);
    if (entry === undefined) this.#chains.set(chain, (entry = noUsers()));
    return entry;
  }
}

function noUsers(): Mutable {
  return {
    ruleIds: [],
    networkInboundIds: [],
    networkOutboundIds: [],
    routerInboundIds: [],
    routerOutboundIds: [],
    routerForwardIds: [],
    routerLocalRedirectIds: [],
    portInboundIds: [],
    portOutboundIds: [],
    jumpRuleIds: [],
  };
}

/** The users of one chain: costs what they are. */
export async function usersOfChain(reader: Reader, { id }: Chain): Promise<ChainUsers> {
  const [rules, jumps, bridges, routers, ports] = await Promise.all([
    reader.rules(id),
    reader.children('chain', id, 'jump'),
    reader.childObjects('chain', id, 'bridge'),
    reader.childObjects('chain', id, 'router'),
    reader.childObjects('chain', id, 'port'),
  ]);
  const index = new UserIndex();
  for (const user of [...rules, ...bridges, ...routers, ...ports]) index.add(user);
  return { ...index.of(id), jumpRuleIds: jumps };
}

/** The users of all chains, for a listing: one pass over what could be one. */
export async function usersOfChains(reader: Reader): Promise<(chain: Chain) => ChainUsers> {
  const [rules, bridges, routers, ports] = await Promise.all([
    reader.list('rule'),
    reader.list('bridge'),
    reader.list('router'),
    reader.list('port'),
  ]);
  const index = new UserIndex();
  for (const user of [...rules.sort((a, b) => a.order - b.order), ...bridges, ...routers, ...ports]) index.add(user);
  return ({ id }) => index.of(id);
}
