import { TENANT } from '@midonet/simulation/testing';
import { measureSimulation } from './simulation.bench.ts';

process.stdout.write(JSON.stringify(measureSimulation('bridge_router_bridge_ipv4', TENANT.db1.ip)));
