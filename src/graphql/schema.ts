import 'reflect-metadata';
import { lexicographicSortSchema, printSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import { EVENT_TOPICS } from '../kernel/events.js';
import { ID_PREFIXES } from '../kernel/ids.js';
import type { NodeType } from '../kernel/ids.js';
import { checkAccess } from './auth-checker.js';
import { observeDeadlines } from './deadline.js';
import type { EventTypes, ProvidesEvents } from './kit/event.types.js';
import type { GraphqlContextFields } from './kit/graphql-context.js';
import { NodeFetchers } from './kit/node.js';
import type { ProvidesNodes } from './kit/node.js';
import { narrowToAccess } from './narrowing.js';
import { checkSchema } from './schema-checks.js';
import type { ResolverClass } from './schema-checks.js';

/** A schema with what its operations need. */
export interface Api {
  readonly schema: GraphQLSchema;
  readonly nodes: NodeFetchers;
  readonly resolverOf: GraphqlContextFields['resolverOf'];
}

/**
 * Builds the API from instances of resolver classes. What they provide for `node` and for events is collected: the latter into
 * `eventTypes`, which the event resolver was given. Throws SchemaRefusedError when a method declares no access or an element is not described.
 */
export async function buildApi(resolvers: readonly object[], eventTypes: EventTypes): Promise<Api> {
  const nodes = new NodeFetchers();
  for (const resolver of resolvers) {
    if (providesNodes(resolver)) registerNodes(nodes, resolver);
    if (providesEvents(resolver)) registerEvents(eventTypes, resolver);
  }
  const instances = new Map(resolvers.map((resolver) => [resolver.constructor, resolver]));
  const resolverOf = (resolverClass: ResolverClass): object => {
    const instance = instances.get(resolverClass);
    if (instance === undefined) throw new Error(`there is no instance of ${resolverClass.name}`);
    return instance;
  };
  const classes = resolvers.map((resolver) => resolver.constructor as ResolverClass);
  return { schema: await buildFromClasses(classes, resolverOf, { skipCheck: true }), nodes, resolverOf };
}

/**
 * The schema as text, always in the same order: `schema.graphql`. Needs no instances, so no database either. It is introspected here, and never when
 * a process starts: what is wrong with a schema is wrong before it is released.
 */
export async function printApiSchema(resolverClasses: readonly ResolverClass[]): Promise<string> {
  const refuse = (): never => {
    throw new Error('this schema is for printing');
  };
  const schema = await buildFromClasses(resolverClasses, refuse, { skipCheck: false });
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

async function buildFromClasses(
  classes: readonly ResolverClass[],
  resolverOf: GraphqlContextFields['resolverOf'],
  { skipCheck }: { readonly skipCheck: boolean },
): Promise<GraphQLSchema> {
  const [first, ...others] = classes;
  if (first === undefined) throw new Error('a schema needs resolvers');
  const schema = await buildSchema({
    resolvers: [first, ...others],
    container: { get: (resolverClass: ResolverClass) => resolverOf(resolverClass) },
    authChecker: checkAccess,
    validate: false,
    // A class needs initial values of its fields; what a caller may leave out is for the decorators to say.
    disableInferringDefaultValues: true,
    pubSub: refusedPubSub,
    skipCheck,
  });
  checkSchema(schema, classes);
  narrowToAccess(schema);
  observeDeadlines(schema);
  return schema;
}

/** TypeGraphQL asks for one; every subscription of ours pulls instead, since a push source cannot wait for a slow client. */
const refusedPubSub = {
  publish(): void {
    throw new Error('subscriptions pull');
  },
  subscribe(): AsyncIterable<unknown> {
    throw new Error('a subscription must use subscribeWith');
  },
};

function providesNodes(resolver: object): resolver is ProvidesNodes {
  return 'nodeFetchers' in resolver;
}

function providesEvents(resolver: object): resolver is ProvidesEvents {
  return 'eventTypes' in resolver;
}

function registerNodes(nodes: NodeFetchers, { nodeFetchers }: ProvidesNodes): void {
  for (const type of Object.keys(ID_PREFIXES) as NodeType[]) {
    const fetcher = nodeFetchers[type];
    if (fetcher !== undefined) nodes.register(type, fetcher);
  }
}

function registerEvents(all: EventTypes, { eventTypes }: ProvidesEvents): void {
  for (const topic of EVENT_TOPICS) {
    const wrapper = eventTypes[topic];
    if (wrapper !== undefined) all.register(topic, wrapper);
  }
}
