import { isCountry, normaliseLocalPhone, normalisePhone } from '../../../kernel/phone.js';
import { nameText } from '../../../kernel/input.js';
import { tagList } from '../contact.input.js';
import { parseFieldValue } from '../field/field-value.js';
import type { FieldValue } from '../field/field-value.js';
import type { ImportColumns } from './import-columns.js';
import type { ImportOptions } from './import.input.js';

/** What a row says of a person; what its cells leave open stays as it is. */
export interface ImportRow {
  /** E.164 digits. */
  readonly phoneNumber: string;
  readonly name: string | null;
  readonly tags: readonly string[];
  /** An import opts nobody in. */
  readonly optedOut: boolean;
  /** By the id of the field. */
  readonly fields: ReadonlyMap<string, FieldValue>;
}

export type ParsedRow = { readonly ok: ImportRow } | { readonly problem: string } | { readonly empty: true };

const YES = new Set(['true', 'yes', '1']);
const NO = new Set(['', 'false', 'no', '0']);
const personName = nameText();

export function parseRow(
  record: readonly string[],
  columns: ImportColumns,
  options: Pick<ImportOptions, 'defaultCountry' | 'tags'>,
): ParsedRow {
  const cells = record.map(plainCell);
  if (cells.every((cell) => cell === '')) return { empty: true };
  const cell = (index: number | null): string => (index === null ? '' : (cells[index] ?? ''));
  const problems: string[] = [];
  const phoneNumber = phoneOf(cell(columns.phoneNumber), options.defaultCountry);
  if (phoneNumber === null) problems.push(phoneProblem(cell(columns.phoneNumber), options.defaultCountry));
  const name = personName.safeParse(cell(columns.name));
  if (cell(columns.name) !== '' && !name.success) problems.push(`name: ${messageOf(name.error)}`);
  const tags = tagList.safeParse([...options.tags, ...listOf(cell(columns.tags))]);
  if (!tags.success) problems.push(`tags: ${messageOf(tags.error)}`);
  const optedOut = cell(columns.optedOut).toLowerCase();
  if (!YES.has(optedOut) && !NO.has(optedOut)) problems.push('opted_out: must be true or false');
  const fields = new Map<string, FieldValue>();
  for (const { index, field } of columns.fields) {
    if (cell(index) === '') continue;
    const parsed = parseFieldValue(field, cell(index));
    if ('ok' in parsed) fields.set(field.id, parsed.ok);
    else problems.push(`${field.key}: ${parsed.problem}`);
  }
  if (phoneNumber === null || problems.length > 0) return { problem: problems.join('; ') };
  return {
    ok: {
      phoneNumber,
      name: name.data ?? null,
      tags: tags.data ?? [],
      optedOut: YES.has(optedOut),
      fields,
    },
  };
}

/** Exports put an apostrophe before what a spreadsheet would run. */
function plainCell(cell: string): string {
  return cell.trim().replace(/^'(?=[=+\-@])/, '');
}

function phoneOf(text: string, country: string | null): string | null {
  return country !== null && isCountry(country)
    ? normaliseLocalPhone(text, country)
    : normalisePhone(text.replace(/^00/, '+'));
}

function phoneProblem(text: string, country: string | null): string {
  if (text === '') return 'phone_number: must not be empty';
  return country === null
    ? 'phone_number: must be international digits such as 628123456789'
    : `phone_number: must be a number of ${country}, or international digits`;
}

/** `vip; roof` */
function listOf(text: string): string[] {
  return text
    .split(/[;,|]/)
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function messageOf({ issues }: { readonly issues: readonly { readonly message: string }[] }): string {
  return issues[0]?.message ?? 'is not valid';
}
