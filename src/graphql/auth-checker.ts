import type { AuthCheckerFn } from 'type-graphql';
import type { Action } from '../kernel/access.js';
import { kernelErrors } from '../kernel/errors.js';
import type { GraphqlContext } from './kit/graphql-context.js';

/**
 * Runs before every resolver method that carries @Access or @Authenticated. Unlike a middleware it also runs when a
 * subscription starts.
 */
export const checkAccess: AuthCheckerFn<GraphqlContext, Action> = ({ context: { ctx } }, actions) => {
  if (ctx.actor.kind === 'anonymous') throw kernelErrors.TOKEN_MISSING();
  for (const action of actions) ctx.require(action);
  return true;
};
