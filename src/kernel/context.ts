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
  /** A rule of a subaccount; `depth` counts the rules that led to it. */
  | { readonly kind: 'automation'; readonly automationId: string; readonly depth: number }
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
  /** Where a call from outside came from; left out for everything else. */
  readonly ipAddress?: string | null;
}

/** The first argument of every service method. Without one no query can be written: the database asks for it. */
export class Context {
  readonly requestId: string;
  readonly actor: Actor;
  readonly scope: Scope | null;
  readonly actions: ReadonlySet<Action>;
  readonly ipAddress: string | null;

  private constructor(fields: ContextFields) {
    this.requestId = fields.requestId;
    this.actor = fields.actor;
    this.scope = fields.scope;
    this.actions = fields.actions;
    this.ipAddress = fields.ipAddress ?? null;
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

  /** A rule of one subaccount at work. It may do what the code it runs does; rows stay confined to the subaccount. */
  static forAutomation(
    automation: { readonly id: string; readonly depth: number },
    scope: { agencyId: string; subaccountId: string },
  ): Context {
    return new Context({
      requestId: `automation:${automation.id}`,
      actor: { kind: 'automation', automationId: automation.id, depth: automation.depth },
      scope: { agencyId: scope.agencyId, subaccountIds: [scope.subaccountId] },
      actions: new Set(),
    });
  }

  /** Only for {@link asSystem}, which an import rule confines. */
  static withoutTenant(reason: string, requestId: string): Context {
    return new Context({ requestId, actor: { kind: 'system', reason }, scope: null, actions: new Set() });
  }

  /** The same caller inside one agency: the operator names the agency it works on. */
  withScope(scope: Scope): Context {
    return this.#with({ scope });
  }

  /** The same caller, as calling from this address. */
  withIpAddress(ipAddress: string): Context {
    return this.#with({ ipAddress });
  }

  /** The same call by whom it turned out to be: who logs in is nobody until the password is checked. */
  withActor(actor: Actor): Context {
    return this.#with({ actor });
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

  #with(changes: Partial<ContextFields>): Context {
    const { requestId, actor, scope, actions, ipAddress } = this;
    return new Context({ requestId, actor, scope, actions, ipAddress, ...changes });
  }
}
