import type { EntityManager } from '@mikro-orm/postgresql';
import { DEFAULT_WORDS } from './opt-out.words.js';
import type { OptOutWords } from './opt-out.words.js';

interface SettingsTable {
  contact_settings: {
    subaccount_id: string;
    agency_id: string;
    opt_out_words: string[];
    opt_in_words: string[];
    updated_at: Date;
  };
}

/** The words of a subaccount, or those that everybody begins with. */
export async function findWords(em: EntityManager, subaccountId: string): Promise<OptOutWords> {
  const row = await em
    .getKysely<SettingsTable>()
    .selectFrom('contact_settings')
    .select(['opt_out_words', 'opt_in_words'])
    .where('subaccount_id', '=', subaccountId)
    .executeTakeFirst();
  if (row === undefined) return DEFAULT_WORDS;
  return { optOutWords: row.opt_out_words, optInWords: row.opt_in_words };
}

export async function storeWords(
  em: EntityManager,
  tenant: { readonly agencyId: string; readonly subaccountId: string },
  { optOutWords, optInWords }: OptOutWords,
  at: Date,
): Promise<void> {
  const words = { opt_out_words: [...optOutWords], opt_in_words: [...optInWords], updated_at: at };
  await em
    .getKysely<SettingsTable>()
    .insertInto('contact_settings')
    .values({ subaccount_id: tenant.subaccountId, agency_id: tenant.agencyId, ...words })
    .onConflict((conflict) => conflict.column('subaccount_id').doUpdateSet(words))
    .execute();
}
