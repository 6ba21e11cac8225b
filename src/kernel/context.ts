import type { Action } from './access.js';
import { kernelErrors } from './errors.js';

/** Who acts. Names rows by uuid only. */
export type Actor =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'operator' }
  | { readonly kind: 'user'; readonly userId: string; readonly sessionId: string }
  | { readonly kind: 'api_key'; readonly apiKeyId: string }
  | { readonly kind: 'device_token'; readonly tokenId: string; readonly deviceId: string }
  | { readonly kind: 'device'; readonly deviceId: string }
  | { readonly kind: 'job'; readonly name: string }
  | { readonly kind: 'system'; readonly reason: string };

/** Which rows can be seen and written; the database enforces it (row-level security). */
export interface Scope {
  readonly agencyId: string;
  /** `all`: every subaccount of the agency, and the agency's own rows. */
  readonly subaccountIds: 'all' | readonly string[];
  /** Narrows to one device's rows. */
  readonly deviceId?: string;
}

interface ContextFields {
  readonly requestId: string;
  readonly actor: Actor;
  /** null: no tenant, so no tenant rows at all. */
  readonly scope: Scope | null;
  readonly actions: ReadonlySet<Action>;
}

/** The first argument of every service method. Without one no query can be written: the database asks for it. */
export class Context {
  readonly requestId: string;
  readonly actor: Actor;
  readonly scope: Scope | null;
  readonly actions: ReadonlySet<Action>;

  private constructor(fields: ContextFields) {
    this.requestId = fields.requestId;
    this.actor = fields.actor;
    this.scope = fields.scope;
    this.actions = fields.actions;
  }

  /** A call from outside, after its token was checked. */
  static forRequest(fields: ContextFields): Context {
    return new Context(fields);
  }

  /** A background job of one subaccount. It may do what the code it runs does; rows stay confined to the subaccount. */
  static forJob(name: string, scope: { agencyId: string; subaccountId: string }): Context {
    return new Context({
      requestId: `job:${name}`,
      actor: { kind: 'job', name },
      scope: { agencyId: scope.agencyId, subaccountIds: [scope.subaccountId] },
      actions: new Set(),
    });
  }

  /** The live session of one device: it sees its own subaccount. */
  static forDevice(device: { id: string; agencyId: string; subaccountId: string }): Context {
    return new Context({
      requestId: `device:${device.id}`,
      actor: { kind: 'device', deviceId: device.id },
      scope: { agencyId: device.agencyId, subaccountIds: [device.subaccountId] },
      actions: new Set(),
    });
  }

  /** Only for {@link asSystem}, which an import rule confines. */
  static withoutTenant(reason: string, requestId: string): Context {
    return new Context({ requestId, actor: { kind: 'system', reason }, scope: null, actions: new Set() });
  }

  /** The same caller inside one agency: the operator names the agency it works on. */
  withScope(scope: Scope): Context {
    return new Context({ requestId: this.requestId, actor: this.actor, scope, actions: this.actions });
  }

  can(action: Action): boolean {
    return this.actions.has(action);
  }

  /** Throws ACTION_NOT_ALLOWED unless the caller may do `action`. */
  require(action: Action): void {
    if (!this.can(action)) throw kernelErrors.ACTION_NOT_ALLOWED({ data: { action } });
  }

  /** Whether the caller's scope covers the whole agency. */
  get isAgencyWide(): boolean {
    return this.scope?.subaccountIds === 'all' && this.scope.deviceId === undefined;
  }

  /** The scope of a caller inside a tenant; throws NOT_FOUND for one without (an operator that named no agency). */
  requireScope(): Scope {
    if (this.scope === null) throw kernelErrors.NOT_FOUND();
    return this.scope;
  }
}
