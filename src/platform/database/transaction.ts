import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../kernel/context.js';
import type { NewEvent } from '../../kernel/events.js';

/** A write in progress. What is appended and registered here takes effect only if the transaction commits. */
export interface Transaction {
  readonly ctx: Context;
  readonly em: EntityManager;
  /** Appends to the event log, in the same transaction and last in it. */
  append(event: NewEvent): void;
  /** Runs after the commit; a failure is logged, never thrown. */
  afterCommit(run: () => void | Promise<void>): void;
}

/** What one attempt at a write collects until its commit. */
export class CollectingTransaction implements Transaction {
  readonly ctx: Context;
  readonly em: EntityManager;
  readonly events: NewEvent[] = [];
  readonly callbacks: (() => void | Promise<void>)[] = [];

  constructor(ctx: Context, em: EntityManager) {
    this.ctx = ctx;
    this.em = em;
  }

  append(event: NewEvent): void {
    this.events.push(event);
  }

  afterCommit(run: () => void | Promise<void>): void {
    this.callbacks.push(run);
  }
}
