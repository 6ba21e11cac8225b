/** What a template can ask for. Custom fields of a contact are `contact.fields.<key>`. */
export const VARIABLES = [
  'contact.name',
  'contact.phone',
  'agent.email',
  'device.label',
  'device.phone',
] as const;
type Variable = (typeof VARIABLES)[number];

export type Values = Readonly<Record<Variable, string | null>>;

export interface Rendered {
  readonly text: string;
  /** Variables without a value and without a fallback: nothing stands in their places. */
  readonly missing: readonly string[];
}

/** `{{contact.name}}`, or with a fallback `{{contact.name|there}}`. */
const PLACE = /\{\{\s*([^{}|\s]+)\s*(?:\|([^{}]*))?\}\}/g;

/** The variables of a template that do not exist. */
export function unknownVariables(template: string): readonly string[] {
  const names = [...template.matchAll(PLACE)].map(([, name = '']) => name);
  return [...new Set(names)].filter((name) => !isVariable(name));
}

/** Values are put in as they are: what looks like a place in one is none. */
export function render(template: string, values: Values): Rendered {
  const missing = new Set<string>();
  const text = template.replaceAll(PLACE, (_place, name: string, fallback?: string) => {
    const value = (isVariable(name) ? values[name] : null) ?? fallback?.trim() ?? null;
    if (value === null) missing.add(name);
    return value ?? '';
  });
  return { text, missing: [...missing] };
}

function isVariable(name: string): name is Variable {
  return (VARIABLES as readonly string[]).includes(name);
}
