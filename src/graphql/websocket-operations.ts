import { randomUUID } from 'node:crypto';
import { GraphQLError, createSourceEventStream, execute, parse, validate } from 'graphql';
import type { DocumentNode, ExecutionArgs, ExecutionResult } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { CostFacts } from '../platform/rate-limit/cost-budget.js';
import { toGraphqlError } from './error-formatter.js';
import { EventExecutions } from './event-executions.js';
import { LIMITS, checkLimits } from './limits.js';
import { Operation } from './operation.js';
import type { ApiServices, OperationRequest } from './operation.js';
import type { WebsocketSession } from './websocket-session.js';

/** The arguments of an operation that passed every check; its request rides along where graphql-ws keeps the context. */
export interface PreparedOperation extends ExecutionArgs {
  readonly contextValue: OperationRequest;
  readonly cost: CostFacts;
}

/** Parse, validate, limit, run: for operations over a websocket, by the same rules as over HTTP. */
export class WebsocketOperations {
  readonly #services: ApiServices;

  constructor(services: ApiServices) {
    this.#services = services;
  }

  async prepare(
    session: WebsocketSession,
    payload: SubscribePayload,
  ): Promise<PreparedOperation | readonly GraphQLError[]> {
    const { schema } = this.#services.api;
    const { caller, ipAddress } = session;
    const document = parseDocument(payload.query);
    if (document instanceof GraphQLError) return [document];
    const problems = validate(schema, document);
    if (problems.length > 0) return problems.map((problem) => withCode(problem, 'GRAPHQL_VALIDATION_FAILED'));
    const { operationName, variables } = payload;
    const { isAuthenticated } = caller;
    let cost: CostFacts;
    try {
      const price = checkLimits({ schema, document, operationName, variables, isAuthenticated });
      cost = await this.#services.budget.charge(caller.budgetKey(ipAddress), price);
    } catch (error) {
      return [toGraphqlError(error)];
    }
    return {
      cost,
      schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: { caller, ipAddress, requestId: randomUUID() },
    };
  }

  /** A query or mutation, or one event of a subscription. */
  async execute(args: PreparedOperation, event?: unknown): Promise<ExecutionResult> {
    using operation = new Operation(this.#services, args.contextValue, LIMITS.operationTimeoutMs);
    return await execute({ ...args, rootValue: event, contextValue: operation.context });
  }

  async subscribe(args: PreparedOperation): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
    const operation = new Operation(this.#services, args.contextValue, null);
    const stop = (): void => operation[Symbol.dispose]();
    const source = await createSourceEventStream({ ...args, contextValue: operation.context });
    if (Symbol.asyncIterator in source) {
      return new EventExecutions(source, (event) => this.execute(args, event), stop);
    }
    stop();
    return source;
  }
}

function parseDocument(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxLexicalTokens: LIMITS.tokens });
  } catch (error) {
    return error instanceof GraphQLError ? withCode(error, 'GRAPHQL_PARSE_FAILED') : toGraphqlError(error);
  }
}

/** The same codes as Apollo gives over HTTP. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    originalError: error.originalError ?? null,
    extensions: { code },
  });
}
