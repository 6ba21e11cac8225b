import { isObjectType } from 'graphql';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import type { Action } from '../kernel/access.js';
import type { Context } from '../kernel/context.js';
import { AppError } from '../kernel/errors.js';
import { parsePublicId } from '../kernel/ids.js';
import type { NodeType } from '../kernel/ids.js';
import { actionOf } from './kit/access.js';
import type { GraphqlContext } from './kit/graphql-context.js';
import { isPlaced } from './kit/placed.js';

type Resolve = GraphQLFieldResolver<unknown, GraphqlContext>;
type AnyResolve = GraphQLFieldResolver<unknown, unknown>;
type Arguments = Record<string, unknown>;

/**
 * Lets every field with an action see the operation as that action does: a caller with different roles reads and writes there only where its role
 * allows the action. A field of an object is refused where the object's subaccount does not allow it, before its method runs, since not every
 * method asks the database. Whoever names something that their role keeps them from is told so; what is not theirs stays NOT_FOUND.
 */
export function narrowToAccess(schema: GraphQLSchema): void {
  const roots: unknown[] = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const action = actionOf(field.extensions);
      if (action === null) continue;
      const { resolve, subscribe } = field;
      if (resolve !== undefined) field.resolve = narrowing(resolve, action, roots.includes(type));
      if (subscribe !== undefined) field.subscribe = following(subscribe, action);
    }
  }
}

function narrowing(resolve: AnyResolve, action: Action, isRoot: boolean): Resolve {
  return (root, args, context, info) => {
    const view = context.for(action);
    if (view.ctx === context.ctx) return resolve(root, args, view, info);
    if (!isRoot) requirePlace(view.ctx, action, root);
    if (view.ctx.can(action)) requirePlaces(view.ctx, action, args as Arguments);
    const result: unknown = resolve(root, args, view, info);
    return result instanceof Promise ? result.catch(explaining(view, action, args as Arguments)) : result;
  };
}

function following(subscribe: AnyResolve, action: Action): Resolve {
  return async (root, args, context, info) => {
    const view = context.for(action);
    const source = (await subscribe(root, args, view, info)) as AsyncIterable<unknown>;
    if (view.ctx === context.ctx) return source;
    return explained(source, explaining(view, action, args as Arguments));
  };
}

async function* explained(
  source: AsyncIterable<unknown>,
  explain: (error: unknown) => Promise<never>,
): AsyncGenerator<unknown, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    await explain(error);
  }
}

/** What does not say where it belongs is refused. */
function requirePlace(ctx: Context, action: Action, root: unknown): void {
  if (!isPlaced(root)) throw new Error(`what has a field for ${action} does not tell its subaccount`);
  if (root.placeId !== null) ctx.require(action, root.placeId);
}

/** Not every method looks for the subaccount that it is given. */
function requirePlaces(ctx: Context, action: Action, args: Arguments): void {
  for (const id of idsIn(args).get('Subaccount') ?? []) ctx.require(action, id);
}

/** Throws ACTION_NOT_ALLOWED instead of NOT_FOUND when the arguments name something that the caller may see, and do less with. */
function explaining({ ctx, nodes }: GraphqlContext, action: Action, args: Arguments) {
  return async (error: unknown): Promise<never> => {
    if (error instanceof AppError && error.kind === 'NOT_FOUND') {
      for (const [type, uuids] of idsIn(args)) {
        const found = await nodes.findAnywhere(ctx, type, [...uuids]);
        for (const node of found.filter(isPlaced)) {
          if (node.placeId !== null) ctx.require(action, node.placeId);
        }
      }
    }
    throw error;
  };
}

/** The ids of objects anywhere in the arguments of a field. */
function idsIn(value: unknown, ids = new Map<NodeType, Set<string>>()): ReadonlyMap<NodeType, Set<string>> {
  if (typeof value === 'string') {
    const id = parsePublicId(value);
    if (id !== null) ids.set(id.type, (ids.get(id.type) ?? new Set()).add(id.uuid));
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) idsIn(part, ids);
  }
  return ids;
}
