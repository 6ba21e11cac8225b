import { z } from 'zod';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { invalidInput } from '../../../kernel/errors.js';
import { nameText, parseInput } from '../../../kernel/input.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { getSubaccount } from '../../tenancy/index.js';
import { contactErrors } from '../contact.errors.js';
import { ContactField, FIELD_TYPES } from './contact-field.entity.js';
import { fieldChanged } from './contact-field.events.js';
import { findFields, findUsedValues, listFields, lockField } from './contact-field.queries.js';

const MAX_FIELDS = 100;
const MAX_OPTIONS = 100;
/** Words of imports and exports that are no fields. */
const RESERVED = new Set(['phone_number', 'name', 'tags', 'opted_out', 'blocked', 'created_at']);

const options = z
  .array(nameText(100))
  .max(MAX_OPTIONS, `must be at most ${MAX_OPTIONS} options`)
  .refine(
    (list) => new Set(list.map((each) => each.toLowerCase())).size === list.length,
    'must differ in more than case',
  );
const newField = z
  .object({
    subaccountId: z.uuid(),
    key: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,49}$/, 'must be a-z, 0-9 and _, begin with a letter and have at most 50')
      .refine((key) => !RESERVED.has(key), 'means something else'),
    label: nameText(100).nullish(),
    type: z.enum(FIELD_TYPES),
    options: options.default([]),
  })
  .refine((field) => (field.type === 'SELECT') === field.options.length > 0, {
    path: ['options'],
    message: 'go with a SELECT, and only with one',
  });
export type NewContactField = z.input<typeof newField>;

const fieldChanges = z.object({ label: nameText(100).optional(), options: options.optional() });
export type ContactFieldChanges = z.input<typeof fieldChanges>;

/** What a subaccount wants to know of its contacts. */
export class ContactFieldService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** All of a subaccount, oldest first. */
  list(ctx: Context, subaccountId: string): Promise<readonly ContactField[]> {
    return this.#database.read(ctx, (em) => listFields(em, subaccountId));
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly ContactField[]> {
    return this.#database.read(ctx, (em) => findFields(em, ids));
  }

  /** Throws CONTACT_FIELD_EXISTS. */
  async create(ctx: Context, request: NewContactField): Promise<ContactField> {
    const { subaccountId, key, label, type, options } = parseInput(newField, request);
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      const known = await listFields(tx.em, subaccountId);
      if (known.some((field) => field.key === key)) throw contactErrors.CONTACT_FIELD_EXISTS();
      if (known.length >= MAX_FIELDS) throw contactErrors.TOO_MANY_CONTACT_FIELDS();
      const facts = { agencyId, subaccountId, key, label: label ?? key, type, options };
      const field = ContactField.create(facts, this.#clock.now());
      tx.em.persist(field);
      tx.append(fieldChanged('contact_field.created', field));
      return field;
    });
  }

  /** An option that some contact has must stay. */
  async update(ctx: Context, id: string, request: ContactFieldChanges): Promise<ContactField> {
    const { label, options } = parseInput(fieldChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const field = await lockField(tx.em, id);
      if (options !== undefined) await assertOptions(tx, field, options);
      Object.assign(field, { label: label ?? field.label, options: options ?? field.options });
      field.updatedAt = this.#clock.now();
      tx.append(fieldChanged('contact_field.updated', field));
      return field;
    });
  }

  /** With the values that contacts have of it. */
  delete(ctx: Context, id: string): Promise<void> {
    return this.#database.write(ctx, async (tx) => {
      const field = await lockField(tx.em, id);
      tx.em.remove(field);
      tx.append(fieldChanged('contact_field.deleted', field));
    });
  }
}

async function assertOptions(tx: Transaction, field: ContactField, wanted: readonly string[]): Promise<void> {
  const refuse = (message: string) => invalidInput([{ path: 'input.options', message }]);
  if ((field.type === 'SELECT') !== wanted.length > 0) throw refuse('go with a SELECT, and only with one');
  const gone = field.options.filter((option) => !wanted.includes(option));
  const used = await findUsedValues(tx.em, field.id, gone);
  if (used.length > 0) throw refuse(`must keep what contacts have: ${used.join(', ')}`);
}
