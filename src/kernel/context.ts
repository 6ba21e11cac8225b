import { ROLE_ACTIONS } from './access.js';
import type { Action, Role } from './access.js';
import { kernelErrors } from './errors.js';
import type { AppError } from './errors.js';

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
  /** What may be done everywhere in the scope. */
  readonly actions: ReadonlySet<Action>;
  /** The role in each subaccount of the scope, where they differ; null or left out where they do not. */
  readonly roles?: ReadonlyMap<string, Role> | null;
  /** Where a call from outside came from; left out for everything else. */
  readonly ipAddress?: string | null;
}

/**
 * The first argument of every service method. Without one no query can be written: the database asks for it.
 * Whoever has different roles in several subaccounts may do in all of them together only what each of these roles allows; {@link for} narrows
 * the scope to where a certain action is allowed. So what forgets to narrow is refused, and never let through.
 */
export class Context {
  readonly requestId: string;
  readonly actor: Actor;
  readonly scope: Scope | null;
  readonly actions: ReadonlySet<Action>;
  readonly ipAddress: string | null;
  readonly #roles: ReadonlyMap<string, Role> | null;
  readonly #origin: Context | null;
  /** The contexts that this one was narrowed to: by action, and by the roles that are left. */
  readonly #narrowed = new Map<string, Context>();

  private constructor(fields: ContextFields, origin: Context | null = null) {
    this.requestId = fields.requestId;
    this.actor = fields.actor;
    this.scope = fields.scope;
    this.actions = fields.actions;
    this.ipAddress = fields.ipAddress ?? null;
    this.#roles = fields.roles ?? null;
    this.#origin = origin;
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
    return this.#with({ scope, roles: null });
  }

  /** The same rights in another call. */
  forCall(requestId: string, ipAddress: string): Context {
    return this.#with({ requestId, ipAddress });
  }

  /** The same caller, as calling from this address. */
  withIpAddress(ipAddress: string): Context {
    return this.#with({ ipAddress });
  }

  /** The same call by whom it turned out to be: who logs in is nobody until the password is checked. */
  withActor(actor: Actor): Context {
    return this.#with({ actor });
  }

  /** What this context was narrowed from; itself when it was not. Rows of all that the caller may see are in its scope. */
  get origin(): Context {
    return this.#origin ?? this;
  }

  /** The same caller in those subaccounts where it may do `action`. For most callers, whose rights are the same everywhere, this very context. */
  for(action: Action): Context {
    const { origin } = this;
    return origin.#roles === null ? this : origin.#narrow(origin.#roles, action);
  }

  /** Whether the caller may do `action`: in this subaccount, or everywhere in its scope. */
  can(action: Action, subaccountId?: string | null): boolean {
    return (this.#actionsIn(subaccountId) ?? this.actions).has(action);
  }

  /**
   * Throws ACTION_NOT_ALLOWED unless the caller may do `action`: in this subaccount, or everywhere in its scope. NOT_FOUND for a subaccount
   * that is not the caller's.
   */
  require(action: Action, subaccountId?: string | null): void {
    if (subaccountId != null && !this.origin.#covers(subaccountId)) throw kernelErrors.NOT_FOUND();
    if (!this.can(action, subaccountId)) throw this.#refusal(action, subaccountId);
  }

  /** What the caller may do in a subaccount of its scope. */
  actionsIn(subaccountId: string): ReadonlySet<Action> {
    return this.#actionsIn(subaccountId) ?? this.actions;
  }

  /** What the caller may do at least somewhere. */
  get actionsSomewhere(): ReadonlySet<Action> {
    if (this.#roles === null) return this.actions;
    return new Set([...this.#roles.values()].flatMap((role) => [...ROLE_ACTIONS[role]]));
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

  #narrow(roles: ReadonlyMap<string, Role>, action: Action): Context {
    const known = this.#narrowed.get(action);
    if (known !== undefined) return known;
    const places = [...roles].filter(([, role]) => ROLE_ACTIONS[role].has(action));
    const left = [...new Set(places.map(([, role]) => role))].sort();
    const context =
      places.length === roles.size
        ? this
        : (this.#narrowed.get(left.join()) ?? this.#narrowedTo(roles, left, places));
    this.#narrowed.set(action, context).set(left.join(), context);
    return context;
  }

  #narrowedTo(
    roles: ReadonlyMap<string, Role>,
    left: readonly Role[],
    places: readonly (readonly [string, Role])[],
  ): Context {
    const { requestId, actor, ipAddress } = this;
    const scope = { ...this.requireScope(), subaccountIds: places.map(([id]) => id) };
    return new Context({ requestId, actor, ipAddress, scope, roles, actions: actionsOfAll(left) }, this);
  }

  #covers(subaccountId: string): boolean {
    const { subaccountIds = 'all' } = this.scope ?? {};
    return subaccountIds === 'all' || subaccountIds.includes(subaccountId);
  }

  #actionsIn(subaccountId: string | null | undefined): ReadonlySet<Action> | undefined {
    const role = subaccountId == null ? undefined : this.#roles?.get(subaccountId);
    return role === undefined ? undefined : ROLE_ACTIONS[role];
  }

  #refusal(action: Action, subaccountId?: string | null): AppError {
    const role = subaccountId == null ? undefined : this.#roles?.get(subaccountId);
    if (role === undefined) return kernelErrors.ACTION_NOT_ALLOWED({ data: { action } });
    const message = `Your role in this subaccount, ${role}, does not allow ${action}.`;
    return kernelErrors.ACTION_NOT_ALLOWED({ message, data: { action, role } });
  }

  #with(changes: Partial<ContextFields>): Context {
    const { requestId, actor, scope, actions, ipAddress } = this;
    return new Context({ requestId, actor, scope, actions, ipAddress, roles: this.#roles, ...changes });
  }
}

/** What each of these roles allows; nothing without any. */
export function actionsOfAll(roles: readonly Role[]): ReadonlySet<Action> {
  const [first, ...others] = roles;
  if (first === undefined) return new Set();
  return new Set(
    [...ROLE_ACTIONS[first]].filter((action) => others.every((role) => ROLE_ACTIONS[role].has(action))),
  );
}
