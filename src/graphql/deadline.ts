import { isObjectType } from 'graphql';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { ACCESS_EXTENSION } from './kit/access.js';
import type { GraphqlContext } from './kit/graphql-context.js';

/**
 * Lets every resolver method give up when its operation's signal is aborted, so that an operation ends in time whatever it waits
 * for. What was started goes on by itself until the database stops it.
 */
export function observeDeadlines(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.resolve === undefined || field.extensions[ACCESS_EXTENSION] === undefined) continue;
      field.resolve = observing(field.resolve);
    }
  }
}

type Resolve = GraphQLFieldResolver<unknown, GraphqlContext>;

function observing(resolve: GraphQLFieldResolver<unknown, unknown>): Resolve {
  return (root, args, context, info) => {
    context.signal.throwIfAborted();
    const result: unknown = resolve(root, args, context, info);
    return result instanceof Promise ? Promise.race([result, context.aborted]) : result;
  };
}
