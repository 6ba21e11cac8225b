/** A LIKE pattern for "contains this text", whatever wildcards the text holds. */
export function containsPattern(text: string): string {
  // PostgreSQL knows no U+0000.
  return `%${text.replaceAll('\u0000', '').replace(/[\\%_]/g, '\\$&')}%`;
}
