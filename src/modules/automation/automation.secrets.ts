import type { MasterKey } from '../../platform/crypto/master-key.js';
import type { Automation } from './automation.entity.js';
import type { HookLinks } from './hook/hook-links.js';

/** How Standard Webhooks marks its secrets. */
const PREFIX = 'whsec_';

interface Shown {
  /** null: the rule has no URL. */
  readonly hookUrl: string | null;
  /** null: it calls nobody. */
  readonly signingSecret: string | null;
}

/** Secrets of rules, derived from the master key: nothing is stored but which of them is good now. */
export class AutomationSecrets {
  readonly #masterKey: MasterKey;
  readonly #links: HookLinks;

  constructor(options: { readonly masterKey: MasterKey; readonly links: HookLinks }) {
    this.#masterKey = options.masterKey;
    this.#links = options.links;
  }

  /** What its owner has to know, shown when it is made or its secret changes. */
  show(automation: Automation): Shown {
    const calls = automation.steps.some(({ kind }) => kind === 'CALL_WEBHOOK');
    return {
      hookUrl: automation.trigger.kind === 'WEBHOOK_CALLED' ? this.#links.urlOf(automation) : null,
      signingSecret: calls ? this.signingSecret(automation) : null,
    };
  }

  /** Signs what a rule tells other servers. */
  signingSecret({ id, secretVersion }: Pick<Automation, 'id' | 'secretVersion'>): string {
    const key = this.#masterKey.derive(`automation signature ${id} ${secretVersion}`);
    return `${PREFIX}${key.toString('base64')}`;
  }
}
