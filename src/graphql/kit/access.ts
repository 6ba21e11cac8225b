import 'reflect-metadata';
import { Authorized, Extensions } from 'type-graphql';
import type { Action } from '../../kernel/access.js';

/** What a resolver method says about who may call it; kept in the field's `extensions`, read by the boot check. */
type AccessDeclaration =
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'authenticated'; readonly reason: string }
  | { readonly kind: 'public'; readonly reason: string };

/** The name under which the declaration is kept in a field's `extensions`. */
export const ACCESS_EXTENSION = 'access';

/** The action that a field's `extensions` declare; null for fields that need none of their own. */
export function actionOf(extensions: Readonly<Record<string, unknown>>): Action | null {
  const declaration = extensions[ACCESS_EXTENSION] as AccessDeclaration | undefined;
  return declaration?.kind === 'action' ? declaration.action : null;
}

function declare(declaration: AccessDeclaration, ...others: MethodDecorator[]): MethodDecorator {
  const decorators = [Extensions({ [ACCESS_EXTENSION]: declaration }), ...others];
  return (target, name, descriptor) => {
    for (const decorate of decorators) decorate(target, name, descriptor);
  };
}

/** Only callers that may do `action`. Checked before the method runs, and when a subscription starts. */
export function Access(action: Action): MethodDecorator {
  return declare({ kind: 'action', action }, Authorized(action));
}

/** Every caller with a valid token; `reason` says why no single action fits. */
export function Authenticated(reason: string): MethodDecorator {
  return declare({ kind: 'authenticated', reason }, Authorized());
}

/** Everybody, also without a token; `reason` says why. */
export function Public(reason: string): MethodDecorator {
  return declare({ kind: 'public', reason });
}
