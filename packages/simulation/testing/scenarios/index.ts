import type { Scenario } from '../scenario.ts';
import { BALANCER_SCENARIOS } from './balancers.ts';
import { CHAINS } from './chains.ts';
import { CONNECTION_SCENARIOS } from './connections.ts';
import { DHCP } from './dhcp.ts';
import { DHCP6 } from './dhcp6.ts';
import { FAILURES } from './failures.ts';
import { FILTERS } from './filters.ts';
import { HEALTH_CHECK_SCENARIOS } from './health-checks.ts';
import { MIRRORS } from './mirrors.ts';
import { INSTANCE_SERVICES } from './instance-services.ts';
import { INSERTIONS } from './insertions.ts';
import { L2_TRANSFORM } from './l2-transform.ts';
import { NAT_SCENARIOS } from './nat.ts';
import { ODD_PACKETS } from './odd-packets.ts';
import { PORT_LIMITS } from './port-limits.ts';
import { QOS } from './qos.ts';
import { ROUTING } from './routing.ts';
import { SEGMENT_SIZES } from './segment-sizes.ts';
import { SOURCE_GUARD } from './source-guard.ts';
import { SWITCHING } from './switching.ts';
import { TRACE_RULES } from './trace-rules.ts';
import { VLANS } from './vlans.ts';

/** Every scenario, for tests of the simulation and of what executes its verdicts. */
export const SCENARIOS: readonly Scenario[] = [
  ...SWITCHING,
  ...VLANS,
  ...ROUTING,
  ...SEGMENT_SIZES,
  ...PORT_LIMITS,
  ...CHAINS,
  ...ODD_PACKETS,
  ...FAILURES,
  ...DHCP,
  ...DHCP6,
  ...INSTANCE_SERVICES,
  ...FILTERS,
  ...QOS,
  ...MIRRORS,
  ...SOURCE_GUARD,
  ...INSERTIONS,
  ...L2_TRANSFORM,
  ...TRACE_RULES,
  ...CONNECTION_SCENARIOS,
  ...NAT_SCENARIOS,
  ...BALANCER_SCENARIOS,
  ...HEALTH_CHECK_SCENARIOS,
];
