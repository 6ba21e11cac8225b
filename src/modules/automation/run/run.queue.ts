import { AUTOMATION_QUEUE } from '../../../platform/queue/job-contracts.js';
import type { Queues } from '../../../platform/queue/queues.js';

interface Place {
  readonly agencyId: string;
  readonly subaccountId: string;
}

/** Asks a worker to go on with runs. Hints only: what is due stands in the database, and a sweep finds it there. */
export class RunQueue {
  readonly #queues: Pick<Queues, 'add'>;

  constructor(queues: Pick<Queues, 'add'>) {
    this.#queues = queues;
  }

  /** With those of a subaccount that are due: at most one worker looks after them, so that they are begun in their order. */
  async addDue({ agencyId, subaccountId }: Place): Promise<void> {
    const job = { agencyId, subaccountId };
    await this.#queues.add(AUTOMATION_QUEUE, 'automation.run_due', job, { dedupeId: subaccountId });
  }

  /** With one that has to wait for somebody's server. */
  async addCall({ agencyId, subaccountId }: Place, runId: string): Promise<void> {
    const job = { agencyId, subaccountId, runId };
    await this.#queues.add(AUTOMATION_QUEUE, 'automation.call', job, { dedupeId: runId });
  }
}
