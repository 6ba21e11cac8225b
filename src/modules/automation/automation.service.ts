import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { invalidInput, kernelErrors } from '../../kernel/errors.js';
import { parseInput } from '../../kernel/input.js';
import { requestHash } from '../../platform/crypto/request-hash.js';
import type { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { claimIdempotency } from '../../platform/idempotency/idempotency.js';
import type { OutboundHttp } from '../../platform/outbound/outbound-http.js';
import { requirePlanFeature } from '../billing/index.js';
import { getSubaccount } from '../tenancy/index.js';
import { Automation } from './automation.entity.js';
import type { AutomationFacts } from './automation.entity.js';
import { automationErrors } from './automation.errors.js';
import { automationChanged } from './automation.events.js';
import { automationChanges, newAutomation } from './automation.input.js';
import type { AutomationChanges, NewAutomation } from './automation.input.js';
import { findAutomations, getAutomation, listInOrder, lockAutomation } from './automation.queries.js';
import { AUTOMATION_PLACE } from './feed/automation-place.js';
import { AutomationWatch } from './feed/watch.entity.js';
import { assertReferences } from './rule/references.js';
import { requireRights } from './rule/rights.js';
import type { RuleStep } from './rule/rule.js';

const MAX_AUTOMATIONS = 100;

/** Reads and changes the rules of subaccounts. */
export class AutomationService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #http: Pick<OutboundHttp, 'assertUrlAllowed'>;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly outboundHttp: Pick<OutboundHttp, 'assertUrlAllowed'>;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#http = options.outboundHttp;
  }

  /** Throws NOT_FOUND. */
  get(ctx: Context, id: string): Promise<Automation> {
    return this.#database.read(ctx, (em) => getAutomation(em, id));
  }

  /** Those that exist or did and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly Automation[]> {
    return this.#database.read(ctx, (em) => findAutomations(em, ids));
  }

  /** Those of a subaccount in their order: at most a hundred. */
  list(ctx: Context, subaccountId: string): Promise<readonly Automation[]> {
    return this.#database.read(ctx, (em) => listInOrder(em, subaccountId));
  }

  /** Throws AUTOMATION_LIMIT_EXCEEDED, URL_NOT_ALLOWED, PLAN_FEATURE_MISSING, or ACTION_NOT_ALLOWED for steps that the caller may not take. */
  async create(ctx: Context, request: NewAutomation): Promise<Automation> {
    const { subaccountId, enabled, idempotencyKey: key, ...facts } = parseInput(newAutomation, request);
    this.#assertSteps(ctx, facts.steps);
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      const tenant = { agencyId, subaccountId };
      if (key === undefined) return this.#create(tx, tenant, facts, enabled);
      const claim = await claimIdempotency(tx, {
        ...tenant,
        scopeId: subaccountId,
        key,
        operation: 'createAutomation',
        requestHash: requestHash({ ...facts, enabled }),
      });
      if (claim.kind === 'replay') return getAutomation(tx.em, claim.resourceId);
      const automation = await this.#create(tx, tenant, facts, enabled);
      await claim.record(automation.id);
      return automation;
    });
  }

  /** Throws STALE_VERSION. Runs that have begun go on with the steps that they began with. */
  async update(ctx: Context, id: string, request: AutomationChanges): Promise<Automation> {
    const { version, enabled, ...given } = parseInput(automationChanges, request);
    const facts = present(given);
    return this.#database.write(ctx, async (tx) => {
      const automation = await lockVersion(tx, id, version);
      // What is switched on is looked at again: by then others may change it who may do less.
      if (facts.steps !== undefined || enabled === true) {
        this.#assertSteps(ctx, facts.steps ?? automation.steps);
      }
      const wasTrigger = automation.trigger.kind;
      automation.change(facts, this.#clock.now());
      await assertPossible(tx, automation);
      if (enabled === false) automation.status = 'DISABLED';
      if (enabled === true && automation.status === 'DISABLED') {
        automation.enable(await AUTOMATION_PLACE.claim(tx.em, automation.subaccountId));
      }
      if (!automation.isAtWork || automation.trigger.kind !== wasTrigger) await stopWatching(tx, automation);
      const changed = [...Object.keys(facts), ...(enabled === undefined ? [] : ['enabled'])].sort();
      tx.append(automationChanged('automation.updated', automation, { changed }));
      return automation;
    });
  }

  /** Its URL and what signs its calls become others; the old ones are good no more. */
  rotateSecret(ctx: Context, id: string): Promise<Automation> {
    return this.#database.write(ctx, async (tx) => {
      const automation = await lockAutomation(tx.em, id);
      automation.secretVersion += 1;
      automation.touch(this.#clock.now());
      tx.append(automationChanged('automation.updated', automation, { changed: ['secret'] }));
      return automation;
    });
  }

  /** What it began ends at its next step. */
  delete(ctx: Context, id: string): Promise<void> {
    return this.#database.write(ctx, async (tx) => {
      const automation = await lockAutomation(tx.em, id);
      automation.status = 'DISABLED';
      automation.deletedAt = this.#clock.now();
      await stopWatching(tx, automation);
      tx.append(automationChanged('automation.deleted', automation));
    });
  }

  /** `ids` is the whole new order. */
  async reorder(ctx: Context, subaccountId: string, ids: readonly string[]): Promise<readonly Automation[]> {
    return this.#database.write(ctx, async (tx) => {
      await getSubaccount(tx.em, subaccountId);
      await AUTOMATION_PLACE.claim(tx.em, subaccountId);
      const automations = new Map((await listInOrder(tx.em, subaccountId)).map((each) => [each.id, each]));
      const ordered = ids.flatMap((id) => automations.get(id) ?? []);
      if (new Set(ordered).size !== automations.size || ids.length !== automations.size) {
        const message = 'must name every automation of the subaccount once';
        throw invalidInput([{ path: 'input.automationIds', message }]);
      }
      for (const [index, automation] of ordered.entries()) {
        if (automation.position === index + 1) continue;
        automation.position = index + 1;
        automation.touch(this.#clock.now());
        tx.append(automationChanged('automation.updated', automation, { changed: ['position'] }));
      }
      return ordered;
    });
  }

  #assertSteps(ctx: Context, steps: readonly RuleStep[]): void {
    requireRights(ctx, steps);
    for (const [index, step] of steps.entries()) {
      if (step.kind !== 'CALL_WEBHOOK') continue;
      this.#http.assertUrlAllowed(step.url, `input.steps.${index}.url`, 'https');
    }
  }

  async #create(
    tx: Transaction,
    tenant: Pick<Automation, 'agencyId' | 'subaccountId'>,
    facts: AutomationFacts,
    enabled: boolean,
  ): Promise<Automation> {
    // Held to the end: creates come one after another, and the reader sees the new rule.
    const sinceSeq = await AUTOMATION_PLACE.claim(tx.em, tenant.subaccountId);
    const others = await listInOrder(tx.em, tenant.subaccountId);
    if (others.length >= MAX_AUTOMATIONS) {
      throw automationErrors.AUTOMATION_LIMIT_EXCEEDED({ data: { limit: MAX_AUTOMATIONS } });
    }
    const position = (others.at(-1)?.position ?? 0) + 1;
    const status = enabled ? ('ENABLED' as const) : ('DISABLED' as const);
    const automation = Automation.create(tenant, { ...facts, position, sinceSeq, status }, this.#clock.now());
    await assertPossible(tx, automation);
    tx.em.persist(automation);
    tx.append(automationChanged('automation.created', automation));
    return automation;
  }
}

async function assertPossible({ em }: Transaction, automation: Automation): Promise<void> {
  const { subaccountId, steps } = automation;
  await assertReferences(em, subaccountId, automation);
  if (steps.some(({ kind }) => kind === 'CALL_WEBHOOK'))
    await requirePlanFeature(em, subaccountId, 'WEBHOOKS');
}

async function lockVersion(tx: Transaction, id: string, version: number): Promise<Automation> {
  const automation = await lockAutomation(tx.em, id);
  if (automation.version === version) return automation;
  throw kernelErrors.STALE_VERSION({ data: { currentVersion: automation.version } });
}

async function stopWatching({ em }: Transaction, { id: automationId }: Automation): Promise<void> {
  await em.nativeDelete(AutomationWatch, { automationId });
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what was left out. */
function present<T extends object>(facts: T): Present<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Present<T>;
}
