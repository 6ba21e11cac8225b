import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { z } from 'zod';
import { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { idempotencyKeyText, parseInput } from '../../../kernel/input.js';
import { parsePhone } from '../../../kernel/phone.js';
import { requestHash } from '../../../platform/crypto/request-hash.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { claimIdempotency } from '../../../platform/idempotency/idempotency.js';
import { countCall } from '../../../platform/rate-limit/count-call.js';
import type { ContactDirectory } from '../../contact/index.js';
import { Automation } from '../automation.entity.js';
import { automationCalled } from '../automation.events.js';
import type { HookLinks } from './hook-links.js';

/** What a call may say: for whom, and a key of its own that makes repetitions one call. */
const hookCall = z
  .object({ phoneNumber: z.string().nullish(), idempotencyKey: idempotencyKeyText().nullish() })
  .nullish()
  .transform((body) => body ?? {});

/** Takes calls of the URLs of rules. */
export class HookService {
  readonly #database: Database;
  readonly #links: HookLinks;
  readonly #contacts: Pick<ContactDirectory, 'ensure'>;
  readonly #limiter: RateLimiterAbstract;

  constructor(options: {
    readonly database: Database;
    readonly links: HookLinks;
    readonly contacts: Pick<ContactDirectory, 'ensure'>;
    /** Of one URL. */
    readonly limiter: RateLimiterAbstract;
  }) {
    this.#database = options.database;
    this.#links = options.links;
    this.#contacts = options.contacts;
    this.#limiter = options.limiter;
  }

  /** The rule runs soon after. Throws NOT_FOUND for a URL that is not good, or no longer. */
  async call(path: string, body: unknown): Promise<void> {
    const named = this.#links.open(path);
    await countCall(this.#limiter, named.id);
    const { phoneNumber, idempotencyKey } = parseInput(hookCall, body, 'body');
    const phone = phoneNumber == null ? null : parsePhone(phoneNumber, 'body.phoneNumber');
    const ctx = Context.forJob('automation.hook', named);
    await this.#database.write(ctx, async (tx) => {
      const { id, secretVersion } = named;
      const automation = await tx.em.findOne(Automation, { id, secretVersion });
      if (automation?.isAtWork !== true || automation.trigger.kind !== 'WEBHOOK_CALLED') {
        throw kernelErrors.NOT_FOUND();
      }
      if (idempotencyKey != null && (await isRepeated(tx, automation, idempotencyKey, phone))) return;
      const contact = phone === null ? null : (await this.#contacts.ensure(tx, automation, phone)).contact;
      tx.append(automationCalled(automation, contact?.id ?? null));
    });
  }
}

async function isRepeated(
  tx: Transaction,
  { id, agencyId, subaccountId }: Automation,
  key: string,
  phone: string | null,
): Promise<boolean> {
  const claim = await claimIdempotency(tx, {
    scopeId: id,
    agencyId,
    subaccountId,
    key,
    operation: 'callAutomation',
    requestHash: requestHash({ phone }),
  });
  if (claim.kind === 'new') await claim.record(id);
  return claim.kind === 'replay';
}
