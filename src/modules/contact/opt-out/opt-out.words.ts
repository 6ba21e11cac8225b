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

/** What a message wishes that is one of the words and nothing else: who writes "stop by tomorrow" wants to be answered. */
export function wishOf(text: string, { optOutWords, optInWords }: OptOutWords): Wish | null {
  const said = bare(text);
  if (said === '') return null;
  if (optOutWords.some((word) => bare(word) === said)) return 'OPT_OUT';
  return optInWords.some((word) => bare(word) === said) ? 'OPT_IN' : null;
}

/** Case, accents of form, punctuation and emoji around make no difference. */
function bare(text: string): string {
  return text
    .normalize('NFKC')
    .toLocaleLowerCase('und')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
