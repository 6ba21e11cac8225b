/** `{{contact.name}}`, or with a fallback `{{contact.name|there}}`. */
const PLACE = /\{\{\s*([^{}|\s]+)\s*(?:\|([^{}]*))?\}\}/g;

export type TemplateValues = ReadonlyMap<string, string>;

export interface Rendered {
  readonly text: string;
  /** Variables without a value and without a fallback: nothing stands in their places. */
  readonly missing: readonly string[];
}

/** What a template asks for, each once. */
export function variablesOf(template: string): readonly string[] {
  return [...new Set([...template.matchAll(PLACE)].map(([, name = '']) => name))];
}

/** Values are put in as they are: what looks like a place in one is none. */
export function render(template: string, values: TemplateValues): Rendered {
  const missing = new Set<string>();
  const text = template.replaceAll(PLACE, (_place, name: string, fallback?: string) => {
    const value = values.get(name) ?? fallback?.trim();
    if (value === undefined) missing.add(name);
    return value ?? '';
  });
  return { text, missing: [...missing] };
}

/** Without the variables that have no value. */
export function templateValues(
  known: Readonly<Record<string, string | null | undefined>>,
): Map<string, string> {
  return new Map(Object.entries(known).flatMap(([name, value]) => (value == null ? [] : [[name, value]])));
}
