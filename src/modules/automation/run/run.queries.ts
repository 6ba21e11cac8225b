import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import {
  findFirstOfEach,
  isBelow,
  isEqual,
  isOneOf,
  type Condition,
} from '../../../platform/database/first-of-each.js';
import { AutomationRunStep } from './run-step.entity.js';
import { AutomationRun } from './run.entity.js';
import type { RunStatus } from './run.entity.js';

export interface RunFilter {
  readonly status?: readonly RunStatus[] | null | undefined;
  readonly automationId?: string | null | undefined;
  readonly contactId?: string | null | undefined;
}

/** What a list of runs belongs to. */
export type RunOwnerKey = 'subaccountId' | 'automationId';

const OWNER_COLUMNS = {
  subaccountId: 'subaccount_id',
  automationId: 'automation_id',
} as const satisfies Record<RunOwnerKey, string>;

/** The oldest runs of a subaccount that are due, leaving some out. */
export async function findDueRuns(
  em: EntityManager,
  subaccountId: string,
  query: { readonly at: Date; readonly without: ReadonlySet<string>; readonly limit: number },
): Promise<readonly AutomationRun[]> {
  const { at, without, limit } = query;
  return em.find(
    AutomationRun,
    { subaccountId, dueAt: { $lte: at }, id: { $nin: [...without] } },
    { orderBy: { dueAt: 'asc', id: 'asc' }, limit },
  );
}

/** A run that is due, locked until the transaction ends; null when it is not, or somebody else has it. */
export function lockDueRun(em: EntityManager, id: string, at: Date): Promise<AutomationRun | null> {
  const options = { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE } as const;
  return em.findOne(AutomationRun, { id, dueAt: { $lte: at } }, options);
}

export function findRuns(em: EntityManager, ids: readonly string[]): Promise<AutomationRun[]> {
  return em.find(AutomationRun, { id: { $in: [...ids] } });
}

export function listRunSteps(em: EntityManager, runIds: readonly string[]): Promise<AutomationRunStep[]> {
  return em.find(AutomationRunStep, { runId: { $in: [...runIds] } }, { orderBy: { number: 'asc' } });
}

/** A page for each owner, in their order, newest first. Two statements, however many owners. */
export async function listRunsOfEach(
  em: EntityManager,
  { key, ids: ownerIds }: { readonly key: RunOwnerKey; readonly ids: readonly string[] },
  request: PageRequest,
  filter: RunFilter,
): Promise<Page<AutomationRun>[]> {
  const size = pageSize(request);
  const ids = await findFirstOfEach(em, {
    table: 'automation_run',
    ownerColumn: OWNER_COLUMNS[key],
    ownerIds,
    conditions: conditionsOf(request, filter),
    newestBy: ['id'],
    limit: size + 1,
  });
  const rows = await em.find(AutomationRun, { id: { $in: ids } }, { orderBy: { id: 'desc' } });
  const byOwner = Map.groupBy(rows, (run) => run[key]);
  return ownerIds.map((id) => toPage(byOwner.get(id) ?? [], size, request, (run) => [run.id]));
}

function conditionsOf({ after }: PageRequest, { status, automationId, contactId }: RunFilter): Condition[] {
  return [
    ...(after == null ? [] : [isBelow('id', decodeIdCursor(after))]),
    ...(status == null ? [] : [isOneOf('status', status)]),
    ...(automationId == null ? [] : [isEqual('automation_id', automationId)]),
    ...(contactId == null ? [] : [isEqual('contact_id', contactId)]),
  ];
}
