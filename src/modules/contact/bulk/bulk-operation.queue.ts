import { BULK_QUEUE } from '../../../platform/queue/job-contracts.js';
import type { Queues } from '../../../platform/queue/queues.js';

export interface DueOperation {
  readonly id: string;
  readonly agencyId: string;
  readonly subaccountId: string;
}

/** Asks a worker to go on with an operation. */
export class BulkQueue {
  readonly #queues: Pick<Queues, 'add'>;

  constructor(queues: Pick<Queues, 'add'>) {
    this.#queues = queues;
  }

  /** A hint only: what is due stands in the database, and a sweep finds it there. */
  async add({ id: operationId, agencyId, subaccountId }: DueOperation): Promise<void> {
    const job = { agencyId, subaccountId, operationId };
    await this.#queues.add(BULK_QUEUE, 'bulk.run', job, { dedupeId: operationId });
  }
}
