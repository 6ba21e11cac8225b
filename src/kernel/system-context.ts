import { Context } from './context.js';

/**
 * A context without tenant, for the few loops that look across tenants through the listed database functions
 * (which return ids only). Importing this file is confined by the import rules; `reason` says why it is needed.
 */
export function asSystem(reason: string): Context {
  return Context.withoutTenant(reason, `system:${reason}`);
}
