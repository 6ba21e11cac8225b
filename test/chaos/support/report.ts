import type { Check } from './verdict.js';

export interface Report {
  readonly title: string;
  readonly seed: string;
  readonly checks: readonly Check[];
  readonly facts: Readonly<Record<string, string | number>>;
  readonly kept: boolean;
  /** Folder with the logs of the processes; only when something was not kept. */
  readonly logs: string | null;
}

/** The report as a person reads it. */
export function toText({ title, seed, checks, facts, kept, logs }: Report): string {
  const width = Math.max(...checks.map(({ promise }) => promise.length));
  return [
    title,
    ...checks.flatMap(({ promise, found, kept, examples }) => [
      `  ${kept ? 'kept  ' : 'BROKEN'}  ${promise.padEnd(width)}  ${found}`,
      ...examples.map((example) => `          ${example}`),
    ]),
    ...Object.entries(facts).map(([name, value]) => `  ${name}: ${value}`),
    ...(logs === null ? [] : [`  logs: ${logs}`]),
    `  ${kept ? 'every promise was kept' : 'PROMISES WERE BROKEN'}; seed ${seed}`,
  ].join('\n');
}
