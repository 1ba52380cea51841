import type { Client, ConditionDto } from '@midonet/contract';

/** What is sent to make or change a rule. */
export type RuleBody = NonNullable<Parameters<Client['rules']['update']>[0]>['body'];

/** The part of a rule that one test is written in. */
export type Fields = Partial<{ [K in keyof ConditionDto]: RuleBody[K] }>;

/** Ids of what rules name. Each rejects with a usage error or failure when there is none of that name. */
export type NameResolver = {
  port(text: string): Promise<string>;
  portGroup(text: string): Promise<string>;
  ipAddrGroup(text: string): Promise<string>;
  chain(text: string): Promise<string>;
  traceRequest(text: string): Promise<string>;
  /** A port, bridge or router. */
  device(text: string): Promise<string>;
};
