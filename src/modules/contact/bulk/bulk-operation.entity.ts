import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

export const BULK_KINDS = ['CONTACT_IMPORT', 'CONTACT_EXPORT'] as const;
export type BulkKind = (typeof BULK_KINDS)[number];

export const BULK_STATUSES = [
  'AWAITING_FILE',
  'PENDING',
  'RUNNING',
  'COMPLETED',
  'CANCELED',
  'FAILED',
] as const;
export type BulkStatus = (typeof BULK_STATUSES)[number];

/** Why an operation as a whole failed; single rows have errors of their own. */
export const BULK_FAILURES = [
  'FILE_NOT_UTF8',
  'FILE_MALFORMED',
  'NO_PHONE_COLUMN',
  'COLUMN_MISSING',
  'TOO_MANY_ROWS',
  'INTERNAL',
] as const;
export type BulkFailure = (typeof BULK_FAILURES)[number];

const BulkOperationSchema = tenantEntity({
  name: 'BulkOperation',
  tableName: 'bulk_operation',
  properties: {
    kind: p.text().$type<BulkKind>(),
    status: p.text().$type<BulkStatus>(),
    // What was asked for, by its kind.
    options: p.json().$type<Record<string, unknown>>(),
    // What was uploaded, or what came out.
    fileKey: p.text().nullable(),
    total: p.integer().nullable(),
    processed: p.integer(),
    createdCount: p.integer(),
    updatedCount: p.integer(),
    failedCount: p.integer(),
    failure: p.text().$type<BulkFailure>().nullable(),
    // Whose turn it is: what another run still does counts for nothing.
    runId: p.uuid().nullable(),
    // Runs since something was processed last.
    idleRuns: p.integer(),
    dueAt: p.datetime().nullable(),
    // A user; null: a key.
    createdBy: p.uuid().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
});

/** How long a worker may take for one step before another one takes over. */
const LEASE_MS = 30_000;
/** Whatever ends so many runs, one after another, without a step will end the next ones too. */
const MAX_IDLE_RUNS = 5;

export interface BulkStep {
  readonly processed: number;
  readonly created?: number;
  readonly updated?: number;
  readonly failed?: number;
}

/**
 * Work on many contacts. One run has it at a time, and each of its steps is one transaction with the place that it came to: a run that
 * ends anywhere is followed by one that goes on there.
 */
export class BulkOperation extends BulkOperationSchema.class {
  static create(
    facts: Pick<BulkOperation, 'agencyId' | 'subaccountId' | 'kind' | 'options'> & {
      readonly createdBy: string | null;
    },
    at: Date,
  ): BulkOperation {
    const awaitsFile = facts.kind === 'CONTACT_IMPORT';
    return Object.assign(new BulkOperation(), facts, {
      id: newId(),
      status: awaitsFile ? 'AWAITING_FILE' : 'PENDING',
      fileKey: null,
      total: null,
      processed: 0,
      createdCount: 0,
      updatedCount: 0,
      failedCount: 0,
      failure: null,
      runId: null,
      idleRuns: 0,
      dueAt: awaitsFile ? null : at,
      createdAt: at,
      updatedAt: at,
      finishedAt: null,
    });
  }

  /** The key of its file in the store. */
  get storageKey(): string {
    return `${this.subaccountId}/bulk/${this.id}`;
  }

  get isFinished(): boolean {
    return this.status === 'COMPLETED' || this.status === 'CANCELED' || this.status === 'FAILED';
  }

  receiveFile(at: Date): void {
    this.fileKey = this.storageKey;
    this.status = 'PENDING';
    this.dueAt = at;
    this.updatedAt = at;
  }

  /** Begins a run; false while another one has it, or when there is nothing left to do. */
  claim(runId: string, at: Date): boolean {
    if (this.dueAt == null || this.dueAt > at) return false;
    this.idleRuns += 1;
    if (this.idleRuns > MAX_IDLE_RUNS) {
      this.fail('INTERNAL', at);
      return false;
    }
    this.status = 'RUNNING';
    this.runId = runId;
    extend(this, at);
    return true;
  }

  isRunOf(runId: string): boolean {
    return this.status === 'RUNNING' && this.runId === runId;
  }

  measure(total: number, at: Date): void {
    this.total = total;
    extend(this, at);
  }

  advance(step: BulkStep, at: Date): void {
    this.processed += step.processed;
    this.createdCount += step.created ?? 0;
    this.updatedCount += step.updated ?? 0;
    this.failedCount += step.failed ?? 0;
    this.idleRuns = 0;
    extend(this, at);
  }

  /** From the beginning, for work that leaves nothing half done. */
  startOver(): void {
    this.processed = 0;
  }

  /** The process stops: whoever looks next goes on at once. */
  release(at: Date): void {
    this.idleRuns = 0;
    this.dueAt = at;
  }

  complete(at: Date): void {
    finish(this, 'COMPLETED', at);
  }

  fail(failure: BulkFailure, at: Date): void {
    this.failure = failure;
    finish(this, 'FAILED', at);
  }

  /** Returns whether there was something to cancel. What was done stays. */
  cancel(at: Date): boolean {
    if (this.isFinished) return false;
    finish(this, 'CANCELED', at);
    return true;
  }
}

function finish(operation: BulkOperation, status: BulkStatus, at: Date): void {
  operation.status = status;
  operation.dueAt = null;
  operation.finishedAt = at;
  operation.updatedAt = at;
}

function extend(operation: BulkOperation, at: Date): void {
  operation.dueAt = new Date(at.getTime() + LEASE_MS);
  operation.updatedAt = at;
}

BulkOperationSchema.setClass(BulkOperation);
