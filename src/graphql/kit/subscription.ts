import type { GraphqlContext } from './graphql-context.js';

interface SubscribeData {
  readonly args: unknown;
  readonly context: unknown;
}

/**
 * The `subscribe` option of @Subscription. TypeGraphQL calls it without an instance, so it names the resolver class:
 * `@Subscription(() => PairingType, { subscribe: subscribeWith(() => PairingResolver, (r, args: PairingArgs, context) => r.follow(args, context)) })`.
 * What `follow` throws before its first event reaches the caller as an error of the subscription.
 */
export function subscribeWith<T extends object>(
  resolver: () => abstract new (...args: never[]) => T,
  follow: (resolver: T, args: never, context: GraphqlContext) => AsyncIterable<unknown>,
): (data: SubscribeData) => AsyncIterable<unknown> {
  return ({ args, context }) => {
    const graphql = context as GraphqlContext;
    return follow(graphql.resolverOf(resolver()), args as never, graphql);
  };
}
