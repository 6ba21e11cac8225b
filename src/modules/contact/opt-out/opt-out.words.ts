export interface OptOutWords {
  readonly optOutWords: readonly string[];
  readonly optInWords: readonly string[];
}

/** Until a subaccount chooses its own. */
export const DEFAULT_WORDS: OptOutWords = {
  optOutWords: ['stop', 'stopall', 'unsubscribe', 'opt out', 'berhenti'],
  optInWords: ['start', 'unstop', 'subscribe', 'opt in', 'mulai'],
};

export type Wish = 'OPT_OUT' | 'OPT_IN';

/** Words as they are compared: every message is compared with all of them. */
const compared = new WeakMap<OptOutWords, ReadonlyMap<string, Wish>>();

/** What a message wishes that is one of the words and nothing else: who writes "stop by tomorrow" wants to be answered. */
export function wishOf(text: string, words: OptOutWords): Wish | null {
  return wishesOf(words).get(bare(text)) ?? null;
}

function wishesOf(words: OptOutWords): ReadonlyMap<string, Wish> {
  const known = compared.get(words);
  if (known !== undefined) return known;
  const wishes = new Map<string, Wish>();
  for (const word of words.optInWords) wishes.set(bare(word), 'OPT_IN');
  for (const word of words.optOutWords) wishes.set(bare(word), 'OPT_OUT');
  wishes.delete('');
  compared.set(words, wishes);
  return wishes;
}

/** Case, accents of form, punctuation and emoji around make no difference. */
function bare(text: string): string {
  return text
    .normalize('NFKC')
    .toLocaleLowerCase('und')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
