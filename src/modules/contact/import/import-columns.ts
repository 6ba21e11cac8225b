import { BulkFailed } from '../bulk/bulk-run.js';
import type { ContactField } from '../field/contact-field.entity.js';
import { COLUMN_TARGETS } from './import.input.js';
import type { ImportOptions } from './import.input.js';

type Target = (typeof COLUMN_TARGETS)[number];

/** Where in a record to find what. */
export interface ImportColumns {
  readonly phoneNumber: number;
  readonly name: number | null;
  readonly tags: number | null;
  readonly optedOut: number | null;
  readonly fields: readonly { readonly index: number; readonly field: ContactField }[];
}

/** Headers that say the same in other words. */
const SYNONYMS: Readonly<Record<string, Target>> = {
  phone: 'phone_number',
  mobile: 'phone_number',
  mobile_number: 'phone_number',
  mobile_phone: 'phone_number',
  number: 'phone_number',
  telephone: 'phone_number',
  whatsapp: 'phone_number',
  whatsapp_number: 'phone_number',
  full_name: 'name',
  tag: 'tags',
  labels: 'tags',
  unsubscribed: 'opted_out',
};

/** What the columns of a file mean. Columns that mean nothing are left out. Throws NO_PHONE_COLUMN, COLUMN_MISSING. */
export function columnsOf(
  header: readonly string[],
  fields: readonly ContactField[],
  { columns }: Pick<ImportOptions, 'columns'>,
): ImportColumns {
  const named = new Map(columns.map(({ header: name, target }) => [wordOf(name), target]));
  const headers = header.map(wordOf);
  for (const name of named.keys()) if (!headers.includes(name)) throw new BulkFailed('COLUMN_MISSING');
  const targets = headers.map((word) => {
    const target = named.get(word);
    return target === undefined ? meaningOf(word, fields) : target;
  });
  const find = (target: Target): number | null => {
    const index = targets.indexOf(target);
    return index === -1 ? null : index;
  };
  const phoneNumber = find('phone_number');
  if (phoneNumber === null) throw new BulkFailed('NO_PHONE_COLUMN');
  return {
    phoneNumber,
    name: find('name'),
    tags: find('tags'),
    optedOut: find('opted_out'),
    fields: fields.flatMap((field) => {
      const index = targets.indexOf(field.key);
      return index === -1 ? [] : [{ index, field }];
    }),
  };
}

function meaningOf(word: string, fields: readonly ContactField[]): string | null {
  const field = fields.find(({ key, label }) => key === word || wordOf(label) === word);
  if (field !== undefined) return field.key;
  return COLUMN_TARGETS.find((target) => target === word) ?? SYNONYMS[word] ?? null;
}

/** `Phone number` → `phone_number` */
function wordOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_');
}
