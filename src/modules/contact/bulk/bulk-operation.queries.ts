import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { BulkOperation } from './bulk-operation.entity.js';

/** Throws NOT_FOUND. */
export async function getOperation(em: EntityManager, id: string): Promise<BulkOperation> {
  const operation = await em.findOne(BulkOperation, { id });
  if (operation === null) throw kernelErrors.NOT_FOUND();
  return operation;
}

/** As it is now, locked until the transaction ends. Throws NOT_FOUND. */
export async function lockOperation(em: EntityManager, id: string): Promise<BulkOperation> {
  const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const operation = await em.findOne(BulkOperation, { id }, options);
  if (operation === null) throw kernelErrors.NOT_FOUND();
  return operation;
}

export function findOperations(em: EntityManager, ids: readonly string[]): Promise<BulkOperation[]> {
  return em.find(BulkOperation, { id: { $in: [...ids] } });
}

/** Of a subaccount, newest first. */
export async function listOperations(
  em: EntityManager,
  subaccountId: string,
  request: PageRequest,
): Promise<Page<BulkOperation>> {
  const size = pageSize(request);
  const place = request.after == null ? {} : { id: { $lt: decodeIdCursor(request.after) } };
  const rows = await em.find(
    BulkOperation,
    { subaccountId, ...place },
    { orderBy: { id: 'desc' }, limit: size + 1 },
  );
  return toPage(rows, size, request, (operation) => [operation.id]);
}

/** A row of a file that could not be used, and why. */
export interface RowError {
  /** As spreadsheets count: the header is row 1. */
  readonly row: number;
  readonly message: string;
  readonly record: readonly string[];
}

interface ErrorTable {
  bulk_operation_error: {
    operation_id: string;
    row_number: number;
    agency_id: string;
    subaccount_id: string;
    message: string;
    record: string;
  };
}

export async function insertRowErrors(
  em: EntityManager,
  { id, agencyId, subaccountId }: BulkOperation,
  errors: readonly RowError[],
): Promise<void> {
  if (errors.length === 0) return;
  const rows = errors.map(({ row, message, record }) => ({
    operation_id: id,
    row_number: row,
    agency_id: agencyId,
    subaccount_id: subaccountId,
    message,
    record: JSON.stringify(record),
  }));
  await em.getKysely<ErrorTable>().insertInto('bulk_operation_error').values(rows).execute();
}

/** The next errors behind a row, in the order of the file. */
export async function listRowErrors(
  em: EntityManager,
  operationId: string,
  afterRow: number,
  limit: number,
): Promise<RowError[]> {
  const rows = await em
    .getKysely<ErrorTable>()
    .selectFrom('bulk_operation_error')
    .select(['row_number', 'message', 'record'])
    .where('operation_id', '=', operationId)
    .where('row_number', '>', afterRow)
    .orderBy('row_number')
    .limit(limit)
    .execute();
  return rows.map(({ row_number: row, message, record }) => ({ row, message, record: recordOf(record) }));
}

function recordOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
