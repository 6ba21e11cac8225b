import { MEDIA_QUEUE } from '../../../platform/queue/job-contracts.js';
import type { Queues } from '../../../platform/queue/queues.js';

export interface MediaFetchJob {
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly deviceId: string;
  readonly messageId: string;
}

/** Asks a worker to fetch the file of an outgoing message. */
export interface MediaFetchQueue {
  /** A hint only: what is due stands in the database, and a sweep finds it there. */
  add(job: MediaFetchJob): Promise<void>;
}

export class BullMediaFetchQueue implements MediaFetchQueue {
  readonly #queues: Pick<Queues, 'add'>;

  constructor(queues: Pick<Queues, 'add'>) {
    this.#queues = queues;
  }

  async add(job: MediaFetchJob): Promise<void> {
    await this.#queues.add(MEDIA_QUEUE, 'media.fetch', job, { dedupeId: job.messageId });
  }
}
