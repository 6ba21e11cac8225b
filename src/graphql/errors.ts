import { defineErrors } from '../kernel/errors.js';

/** What only the GraphQL door can refuse. */
export const graphqlErrors = defineErrors({
  SYNTAX_ERROR: { kind: 'BAD_USER_INPUT', message: 'The document is no GraphQL.' },
  OPERATION_INVALID: { kind: 'BAD_USER_INPUT', message: 'The operation does not fit the schema.' },
  REQUEST_INVALID: { kind: 'BAD_USER_INPUT', message: 'The request is no GraphQL request.' },
  INTROSPECTION_NEEDS_TOKEN: {
    kind: 'UNAUTHENTICATED',
    message:
      'The schema is shown to callers with a token; it is also the file schema.graphql of the project.',
  },
  SUBSCRIPTION_NEEDS_WEBSOCKET: {
    kind: 'BAD_USER_INPUT',
    message: 'Subscriptions run over a websocket at this address (protocol graphql-transport-ws).',
  },
  QUERY_TOO_COSTLY: {
    kind: 'BAD_USER_INPUT',
    message: 'The operation asks for too much; ask for smaller pages.',
  },
  QUERY_TOO_DEEP: { kind: 'BAD_USER_INPUT', message: 'The operation is nested too deeply.' },
  QUERY_TOO_LONG: { kind: 'BAD_USER_INPUT', message: 'The document has too many tokens.' },
  TOO_MANY_ALIASES: { kind: 'BAD_USER_INPUT', message: 'The operation has too many aliases.' },
  TOO_MANY_DIRECTIVES: { kind: 'BAD_USER_INPUT', message: 'The operation has too many directives.' },
  TOO_MANY_ROOT_FIELDS: { kind: 'BAD_USER_INPUT', message: 'The operation has too many root fields.' },
  TOO_MANY_OPERATIONS: {
    kind: 'RATE_LIMITED',
    message: 'This websocket runs as many operations as one may; complete some or open another.',
  },
  OPERATION_TIMED_OUT: {
    kind: 'UNAVAILABLE',
    message:
      'The operation took too long. A mutation may have taken effect: repeat it with its idempotency key.',
  },
});
