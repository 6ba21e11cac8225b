import { z } from 'zod';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { nameText, parseInput } from '../../../kernel/input.js';
import type { Database } from '../../../platform/database/database.js';
import { getSubaccount } from '../../tenancy/index.js';
import { findWords, storeWords } from './contact-settings.queries.js';
import type { OptOuts } from './opt-outs.js';
import type { OptOutWords } from './opt-out.words.js';

const MAX_WORDS = 50;
const words = z
  .array(nameText(50).regex(/[\p{L}\p{N}]/u, 'must contain a letter or digit'))
  .max(MAX_WORDS, `must be at most ${MAX_WORDS} words`)
  .optional();
const settingsChanges = z.object({ optOutWords: words, optInWords: words });
export type ContactSettingsChanges = z.input<typeof settingsChanges>;

/** Which words of people mean that they want no messages, and that they want them again. */
export class ContactSettingsService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #optOuts: Pick<OptOuts, 'forget'>;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly optOuts: Pick<OptOuts, 'forget'>;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#optOuts = options.optOuts;
  }

  get(ctx: Context, subaccountId: string): Promise<OptOutWords> {
    return this.#database.read(ctx, (em) => findWords(em, subaccountId));
  }

  /** What is left out stays; an empty list means that no word does. Throws NOT_FOUND. */
  async update(ctx: Context, subaccountId: string, request: ContactSettingsChanges): Promise<OptOutWords> {
    const changes = parseInput(settingsChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      const current = await findWords(tx.em, subaccountId);
      const changed = {
        optOutWords: changes.optOutWords ?? current.optOutWords,
        optInWords: changes.optInWords ?? current.optInWords,
      };
      await storeWords(tx.em, { agencyId, subaccountId }, changed, this.#clock.now());
      tx.append({ topic: 'contact_settings.updated', subaccountId, payload: { subaccountId } });
      tx.afterCommit(() => this.#optOuts.forget(subaccountId));
      return changed;
    });
  }
}
