import type { IpAddress } from '@midonet/packet';
import { DerivedTable, type Changed } from './derived-table.ts';
import { compareRules } from './filter-entities.ts';
import type { Chain, IpAddrGroup, IpAddrGroupAddress, PortGroup, PortGroupMember, Rule } from './filter-entities.ts';
import type { ChainId, IpAddrGroupId, PortGroupId, PortId, RuleId } from './ids.ts';
import type { ChainDevice, IpAddrGroupDevice, PortGroupDevice } from './view.ts';

export type FilterEntity = Chain | Rule | PortGroup | PortGroupMember | IpAddrGroup | IpAddrGroupAddress;

export type FilterChanges = {
  readonly chains: ReadonlyMap<ChainId, Changed<ChainDevice>>;
  readonly portGroups: ReadonlyMap<PortGroupId, Changed<PortGroupDevice>>;
  readonly ipAddrGroups: ReadonlyMap<IpAddrGroupId, Changed<IpAddrGroupDevice>>;
};

/** Chains with their rules, groups with their rows. */
export class FilterDevices {
  readonly chains = new DerivedTable<ChainId, Chain, RuleId, Rule, ChainDevice>((chain, rules) => ({
    chain,
    rules: [...rules].sort(compareRules),
  }));
  readonly portGroups = new DerivedTable<PortGroupId, PortGroup, PortId, PortGroupMember, PortGroupDevice>(
    (group, rows) => ({ group, members: new Set(Array.from(rows, ({ portId }) => portId)) }),
  );
  readonly ipAddrGroups = new DerivedTable<
    IpAddrGroupId,
    IpAddrGroup,
    IpAddress,
    IpAddrGroupAddress,
    IpAddrGroupDevice
  >((group, rows) => ({ group, addresses: new Set(Array.from(rows, ({ address }) => address)) }));

  put(value: FilterEntity): void {
    switch (value.kind) {
      case 'chain':
        this.chains.put(value.id, value);
        break;
      case 'rule':
        this.chains.putPart(value.chainId, value.id, value);
        break;
      case 'portGroup':
        this.portGroups.put(value.id, value);
        break;
      case 'portGroupMember':
        this.portGroups.putPart(value.groupId, value.portId, value);
        break;
      case 'ipAddrGroup':
        this.ipAddrGroups.put(value.id, value);
        break;
      case 'ipAddrGroupAddress':
        this.ipAddrGroups.putPart(value.groupId, value.address, value);
        break;
    }
  }

  drop(old: FilterEntity): void {
    switch (old.kind) {
      case 'chain':
        this.chains.drop(old.id);
        break;
      case 'rule':
        this.chains.dropPart(old.chainId, old.id);
        break;
      case 'portGroup':
        this.portGroups.drop(old.id);
        break;
      case 'portGroupMember':
        this.portGroups.dropPart(old.groupId, old.portId);
        break;
      case 'ipAddrGroup':
        this.ipAddrGroups.drop(old.id);
        break;
      case 'ipAddrGroupAddress':
        this.ipAddrGroups.dropPart(old.groupId, old.address);
        break;
    }
  }

  settle(): FilterChanges {
    return {
      chains: this.chains.settle(),
      portGroups: this.portGroups.settle(),
      ipAddrGroups: this.ipAddrGroups.settle(),
    };
  }
}
