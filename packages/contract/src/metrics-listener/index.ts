export { startMetricsListener, type MetricsListener, type MetricsSource } from './metrics-listener.ts';
