import { until } from './shell.ts';

/** The numbers of the questions to which ping printed an answer. */
export function answered(output: string): ReadonlySet<number> {
  return new Set([...output.matchAll(/ bytes from .* icmp_seq=(\d+)/g)].map(([, number]) => Number(number)));
}

/**
 * Waits until ping, which runs without `-c`, has an answer to each of its first `count` questions. With
 * `-c` it would end twice a round trip after the last question, and what was under way would count as lost.
 */
export async function allAnswered(count: number, output: () => string): Promise<void> {
  const missing = (): number[] => {
    const numbers = answered(output());
    return Array.from({ length: count }, (_, i) => i + 1).filter((number) => !numbers.has(number));
  };
  await until(`answers to the first ${count} pings`, () => missing().length === 0, {
    timeoutMs: 60_000,
    detail: () => `none to ${missing().join(', ')}\n${output().slice(-2000)}`,
  });
}
