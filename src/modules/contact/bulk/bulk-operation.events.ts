import type { NewEvent } from '../../../kernel/events.js';
import type { BulkOperation } from './bulk-operation.entity.js';

export const BULK_TOPIC = 'bulk_operation.updated';

/** Where it is; told at each step. */
export function bulkOperationUpdated({
  id,
  subaccountId,
  kind,
  status,
  total,
  processed,
}: BulkOperation): NewEvent {
  const payload = { bulkOperationId: id, kind, status, total: total ?? null, processed };
  return { topic: BULK_TOPIC, subaccountId, payload };
}
