import type { Context } from '../kernel/context.js';
import type { Logger } from '../platform/logging/logger.js';
import type { CostBudget } from '../platform/rate-limit/cost-budget.js';
import type { Authenticate, Caller } from './caller.js';
import { graphqlErrors } from './errors.js';
import { GraphqlContext } from './kit/graphql-context.js';
import type { Api } from './schema.js';

/** What the doors of the API share. */
export interface ApiServices {
  readonly api: Api;
  readonly authenticate: Authenticate;
  /** Lets all reads of a context share one transaction until it is closed. */
  readonly openReads: (ctx: Context) => { close(): Promise<void> };
  readonly logger: Logger;
  readonly budget: CostBudget;
}

export interface OperationRequest {
  readonly caller: Caller;
  readonly requestId: string;
  readonly ipAddress: string;
}

/** One for all: what waits for it is told and looks at nothing of it. */
const OVER = new Error('the operation is over');

/** One query or mutation, or one event of a subscription, from its start to its end: its context, its reads, its deadline. */
export class Operation implements Disposable {
  readonly context: GraphqlContext;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout | null;
  readonly #closeReads: () => void;

  /** `timeoutMs` null: a subscription, which waits as long as its caller does and reads nothing between its events. */
  constructor(
    services: ApiServices,
    { caller, requestId, ipAddress }: OperationRequest,
    timeoutMs: number | null,
  ) {
    const ctx = caller.contextFor(requestId, ipAddress);
    this.#timer = timeoutMs === null ? null : setTimeout(() => this.#timeOut(), timeoutMs);
    const reads = timeoutMs === null ? null : services.openReads(ctx);
    this.#closeReads = () => {
      // Not awaited: a read that hangs must not hold back the answer.
      reads
        ?.close()
        .catch((error: unknown) => services.logger.warn({ err: error, requestId }, 'reads did not end'));
    };
    this.context = new GraphqlContext({
      ctx,
      ipAddress,
      signal: this.#abort.signal,
      nodes: services.api.nodes,
      resolverOf: services.api.resolverOf,
      recheck: () => caller.recheck(requestId),
    });
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#abort.abort(OVER);
    this.#closeReads();
  }

  #timeOut(): void {
    this.#abort.abort(graphqlErrors.OPERATION_TIMED_OUT());
  }
}
