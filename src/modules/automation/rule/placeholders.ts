/** What texts of a rule can name, as `{{contact.name}}`. */
export const PLACEHOLDERS = ['contact.name', 'contact.phoneNumber', 'message.text', 'deal.title'] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];

export type PlaceholderValues = Readonly<Record<Placeholder, string | null>>;

const MARK = /\{\{\s*([\w.]+)\s*\}\}/g;

/** The first name that a text mentions and nobody can fill in; null: it is fine. */
export function unknownPlaceholder(text: string): string | null {
  const names = [...text.matchAll(MARK)].map(([, name = '']) => name);
  return names.find((name) => !isPlaceholder(name)) ?? null;
}

/** What is not known is left empty. */
export function fillIn(text: string, values: PlaceholderValues): string {
  return text.replaceAll(MARK, (_mark, name: string) => (isPlaceholder(name) ? (values[name] ?? '') : ''));
}

function isPlaceholder(name: string): name is Placeholder {
  return (PLACEHOLDERS as readonly string[]).includes(name);
}
