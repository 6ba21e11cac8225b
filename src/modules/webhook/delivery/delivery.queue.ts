import { WEBHOOK_QUEUE } from '../../../platform/queue/job-contracts.js';
import type { Queues } from '../../../platform/queue/queues.js';

export interface DueEndpoint {
  readonly id: string;
  readonly agencyId: string;
  readonly subaccountId: string;
}

/** Asks a worker to deliver what is due to an endpoint: at most one looks after an endpoint at a time. */
export class DeliveryQueue {
  readonly #queues: Pick<Queues, 'add'>;

  constructor(queues: Pick<Queues, 'add'>) {
    this.#queues = queues;
  }

  /** A hint only: what is due stands in the database, and a sweep finds it there. */
  async add({ id: endpointId, agencyId, subaccountId }: DueEndpoint): Promise<void> {
    const job = { agencyId, subaccountId, endpointId };
    await this.#queues.add(WEBHOOK_QUEUE, 'webhook.deliver', job, { dedupeId: endpointId });
  }
}
