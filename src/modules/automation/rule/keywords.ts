/** How a text contains a keyword: as a word of its own, anywhere, or as the whole text. */
export const KEYWORD_MATCHES = ['WORD', 'CONTAINS', 'EXACT'] as const;
export type KeywordMatch = (typeof KEYWORD_MATCHES)[number];

const STARTS_WITH_LETTER = /^[\p{L}\p{M}\p{N}]/u;
const ENDS_WITH_LETTER = /[\p{L}\p{M}\p{N}]$/u;

/** The first of the keywords that a text contains, whatever its case and however its letters are composed; null: none. */
export function findKeyword(text: string, keywords: readonly string[], match: KeywordMatch): string | null {
  const said = normalise(text);
  return keywords.find((keyword) => contains(said, normalise(keyword), match)) ?? null;
}

function contains(text: string, keyword: string, match: KeywordMatch): boolean {
  if (match === 'EXACT') return text === keyword;
  if (match === 'CONTAINS') return text.includes(keyword);
  for (let at = text.indexOf(keyword); at !== -1; at = text.indexOf(keyword, at + 1)) {
    if (isApart(text.slice(0, at), keyword, text.slice(at + keyword.length))) return true;
  }
  return false;
}

/** Keywords are compared as text, never as patterns: nobody can write one that takes long. */
function isApart(before: string, keyword: string, after: string): boolean {
  const goesOn = (left: string, right: string): boolean =>
    ENDS_WITH_LETTER.test(left) && STARTS_WITH_LETTER.test(right);
  return !goesOn(before, keyword) && !goesOn(keyword, after);
}

function normalise(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}
