import type { EntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import { invalidInput } from '../../kernel/errors.js';
import { templateValues, variablesOf } from '../../kernel/template.js';
import type { Contact } from './contact.entity.js';
import { ContactField } from './field/contact-field.entity.js';
import { findValuesByKey } from './field/contact.fields.js';

/** What texts can say of a contact, beside the fields that a subaccount has: those are `contact.fields.<key>`. */
export const CONTACT_VARIABLES = ['contact.name', 'contact.phone'] as const;
const FIELD = 'contact.fields.';

export function isContactVariable(name: string): boolean {
  return (CONTACT_VARIABLES as readonly string[]).includes(name) || name.startsWith(FIELD);
}

/** All that a template can ask for which has variables of its `own` beside those of contacts. */
export function variablesWith(own: readonly string[]): readonly string[] {
  return [...CONTACT_VARIABLES, `${FIELD}<key>`, ...own];
}

/** Refines a template in an input: names the first variable that does not exist, as far as the fields of contacts do. */
export function refuseUnknown(own: readonly string[]) {
  return (template: string, issues: z.RefinementCtx<string>): void => {
    const unknown = variablesOf(template).find((name) => !isContactVariable(name) && !own.includes(name));
    if (unknown === undefined) return;
    const message = `must not contain {{${unknown}}}; there are ${variablesWith(own).join(', ')}`;
    issues.addIssue({ code: 'custom', message });
  };
}

/** Keys of the fields that a template names. */
export function fieldKeysOf(template: string): readonly string[] {
  return variablesOf(template).flatMap((name) => (name.startsWith(FIELD) ? [name.slice(FIELD.length)] : []));
}

export async function hasField(em: EntityManager, subaccountId: string, key: string): Promise<boolean> {
  return (await em.count(ContactField, { subaccountId, key })) > 0;
}

/** Throws INVALID_INPUT, which names the first field in a template that the subaccount does not have. */
export async function assertFields(
  em: EntityManager,
  subaccountId: string,
  { path, text }: { readonly path: string; readonly text: string },
): Promise<void> {
  for (const key of fieldKeysOf(text)) {
    if (await hasField(em, subaccountId, key)) continue;
    const message = `must not contain {{${FIELD}${key}}}: the subaccount has no such contact field`;
    throw invalidInput([{ path, message }]);
  }
}

/** What stands in the places of these templates that are about the contact; null: there is none. */
export async function findContactVariables(
  em: EntityManager,
  contact: Contact | null,
  templates: readonly string[],
): Promise<Map<string, string>> {
  if (contact === null) return new Map();
  const { name, pushName, phoneNumber } = contact;
  const values = templateValues({ 'contact.name': name ?? pushName, 'contact.phone': phoneNumber });
  const keys = templates.flatMap(fieldKeysOf);
  for (const [key, value] of await findValuesByKey(em, contact.id, keys)) values.set(`${FIELD}${key}`, value);
  return values;
}
