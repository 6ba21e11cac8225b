import type { Clock } from '../../../../kernel/clock.js';
import type { Transaction } from '../../../../platform/database/transaction.js';
import { capsOf, findSendRules } from '../../../device/index.js';
import type { LiveSession, Pacing, SendPolicy, SendRules } from '../../../device/index.js';
import { paceOf, whatsappLimit } from './pace.js';
import type { Pace, WrittenFacts } from './pace.js';
import { findWrittenFacts } from './written-facts.js';

/** For so long rules are remembered that let a message pass. What holds one back is always decided on rules that were just read. */
const RULES_FRESH_FOR_MS = 2_000;

const NOTHING_WRITTEN: WrittenFacts = {
  last: null,
  perMinuteMs: null,
  perHourMs: null,
  perDayMs: null,
  newChatsMs: null,
};

interface Remembered {
  readonly rules: SendRules;
  readonly readAtMs: number;
}

/** Says when a device may write next, by its rules and by what it wrote. */
export class Pacer {
  readonly #clock: Clock;
  readonly #defaultPacing: Pacing;
  readonly #remembered = new WeakMap<LiveSession, Remembered>();
  /** Sessions that nothing held back when it was asked last. */
  readonly #free = new WeakSet<LiveSession>();

  constructor(options: {
    readonly clock: Clock;
    /** Of devices whose own policy says nothing. */
    readonly defaultPacing: Pacing;
  }) {
    this.#clock = options.clock;
    this.#defaultPacing = options.defaultPacing;
  }

  /** Whether the rules hold nothing back, whatever was written: nothing else has to be looked up then. */
  async isFree(tx: Transaction, live: LiveSession, now: Date): Promise<boolean> {
    const rules = this.#fresh(live) ?? (await this.#read(tx, live, { lock: false }));
    const isFree = rules.policy.pacing === 'OFF' && whatsappLimit(rules, now) === null;
    if (isFree) this.#free.add(live);
    else this.#free.delete(live);
    return isFree;
  }

  /** What {@link isFree} said last, which may be otherwise by now. */
  wasFree(live: LiveSession): boolean {
    return this.#free.has(live);
  }

  /** In the transaction of a claim. When it holds something back, the rules cannot change until that ends. */
  async pace(tx: Transaction, live: LiveSession, now: Date): Promise<Pace> {
    const known = this.#fresh(live);
    if (known !== null) {
      const pace = await judge(tx, live, known, now);
      if (pace.hold === null && pace.newChats === null) return pace;
    }
    const rules = await this.#read(tx, live, { lock: true });
    return judge(tx, live, rules, now);
  }

  /**
   * Those of some messages to strangers, claimed a moment ago, that must wait after all. Asked before the wire, on rules that are read anew: a
   * limit of WhatsApp's holds at once, also for what is being typed.
   */
  async limitedNewChats<To extends { readonly firstContact: boolean }>(
    tx: Transaction,
    live: LiveSession,
    strangers: readonly To[],
    now: Date,
  ): Promise<readonly To[]> {
    const rules = await this.#read(tx, live, { lock: false });
    const limit = whatsappLimit(rules, now);
    if (limit === null) return [];
    return strangers.filter(({ firstContact }) => limit.to === 'STRANGERS' || firstContact);
  }

  async #read(tx: Transaction, live: LiveSession, { lock }: { readonly lock: boolean }): Promise<SendRules> {
    const rules = await findSendRules(tx, live.device.id, { defaultPacing: this.#defaultPacing, lock });
    this.#remembered.set(live, { rules, readAtMs: this.#clock.monotonicMs() });
    return rules;
  }

  #fresh(live: LiveSession): SendRules | null {
    const known = this.#remembered.get(live);
    return known !== undefined && this.#clock.monotonicMs() - known.readAtMs < RULES_FRESH_FOR_MS
      ? known.rules
      : null;
  }

  /** The rules are others by now. */
  forget(live: LiveSession): void {
    this.#remembered.delete(live);
  }

  /** The policy as it was last read; null before the first claim. */
  policyOf(live: LiveSession): SendPolicy | null {
    return this.#remembered.get(live)?.rules.policy ?? null;
  }
}

async function judge(tx: Transaction, live: LiveSession, rules: SendRules, now: Date): Promise<Pace> {
  const { policy, numberSince } = rules;
  const written =
    policy.pacing === 'OFF'
      ? NOTHING_WRITTEN
      : await findWrittenFacts(tx, live.device.id, capsOf(policy, numberSince, now));
  return paceOf(rules, written, now);
}
