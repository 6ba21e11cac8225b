import type { ChaosReport } from './chaos-run.js';

/** The report as a person reads it. */
export function toText({ options, checks, facts, kept, logs }: ChaosReport): string {
  const { backend, processes, devices, sends, inbound, killEveryMs, seed } = options;
  const rows = checks.map((check) => [check.kept ? 'kept' : 'BROKEN', check.promise, check.found] as const);
  const width = Math.max(...rows.map(([, promise]) => promise.length));
  return [
    `chaos on ${backend}: ${sends} sent and ${inbound} received by ${devices} devices in ${processes} processes, a kill every ${killEveryMs} ms`,
    ...rows.map(([verdict, promise, found]) => `  ${verdict.padEnd(6)}  ${promise.padEnd(width)}  ${found}`),
    ...checks.flatMap(({ promise, examples }) =>
      examples.map((example) => `          ${promise}: ${example}`),
    ),
    ...Object.entries(facts).map(([name, value]) => `  ${name}: ${value}`),
    ...(logs === null ? [] : [`  logs: ${logs}`]),
    `  ${kept ? 'every promise was kept' : 'PROMISES WERE BROKEN'}; seed ${seed}`,
  ].join('\n');
}
