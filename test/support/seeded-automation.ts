import { succeeds } from './eventually.js';
import type { SeededSubaccount } from './seed.js';

export interface ApiRun {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly trigger: string;
  readonly depth: number;
  readonly contactId: string | null;
  readonly dealId: string | null;
  readonly dueAt: string | null;
  readonly automation: { readonly name: string };
  readonly steps: readonly {
    readonly number: number;
    readonly kind: string;
    readonly status: string;
    readonly reason: string | null;
    readonly attempts: number;
    readonly messageId: string | null;
    readonly dealId: string | null;
  }[];
}

const RUN = `id status reason detail trigger depth contactId dealId dueAt automation { name }
  steps { number kind status reason attempts messageId dealId }`;

export interface SeededAutomation {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

/** A rule of a subaccount, seeing what happens from now on. */
export async function createAutomation(
  { id: subaccountId, api }: SeededSubaccount,
  input: Readonly<Record<string, unknown>>,
): Promise<SeededAutomation> {
  const { automation } = await api.mutate<{ automation: SeededAutomation }>(
    'createAutomation',
    { subaccountId, name: 'rule', ...input },
    'automation { id name version }',
  );
  return automation;
}

/** What the rules of a subaccount did, newest first. */
export async function runsOf(
  { id, api }: SeededSubaccount,
  filter: Readonly<Record<string, unknown>> = {},
): Promise<readonly ApiRun[]> {
  const { subaccount } = await api.ask<{ subaccount: { automationRuns: { nodes: ApiRun[] } } }>(
    `query ($id: ID!, $filter: AutomationRunFilter) { subaccount(id: $id) {
       automationRuns(first: 100, filter: $filter) { nodes { ${RUN} } } } }`,
    { id, filter },
  );
  return subaccount.automationRuns.nodes;
}

/** Waits until there are so many runs and none of them has anything left to do now. */
export function settledRuns(place: SeededSubaccount, count: number): Promise<readonly ApiRun[]> {
  return succeeds(async () => {
    const runs = await runsOf(place);
    if (runs.length !== count || runs.some(({ status }) => status === 'RUNNING')) {
      throw new Error(`the runs are ${JSON.stringify(runs)}`);
    }
    return runs;
  });
}

export interface SeededPipeline {
  readonly id: string;
  readonly stages: readonly { readonly id: string; readonly name: string }[];
}

export async function createPipeline({ id, api }: SeededSubaccount): Promise<SeededPipeline> {
  const selection = 'pipeline { id stages { id name } }';
  return (await api.mutate<{ pipeline: SeededPipeline }>('createPipeline', { subaccountId: id }, selection))
    .pipeline;
}

export const stageOf = ({ stages }: SeededPipeline, name: string): string =>
  stages.find((stage) => stage.name === name)?.id ?? '';

export interface ApiDeal {
  readonly id: string;
  readonly title: string;
  readonly version: number;
  readonly stage: { readonly name: string };
  readonly contact: { readonly id: string; readonly phoneNumber: string | null } | null;
}

export async function dealsOf({ id, api }: SeededSubaccount): Promise<readonly ApiDeal[]> {
  const { subaccount } = await api.ask<{ subaccount: { deals: { nodes: ApiDeal[] } } }>(
    `query ($id: ID!) { subaccount(id: $id) { deals(first: 100) { nodes {
       id title version stage { name } contact { id phoneNumber } } } } }`,
    { id },
  );
  return subaccount.deals.nodes;
}
