export { ExchangeHub } from './exchange-hub.ts';
export { FabricLinks } from './fabric-links.ts';
export { FlowModel, type Incoming, type ModelFlow } from './flow-model.ts';
export { sampleConnection, sampleConnection6, sampleId, sampleTuple } from './connection-samples.ts';
export { keyOf, SimulatedHost, SimulatedNetwork, TEST_KEYS } from './simulated-network.ts';
