import 'reflect-metadata';
import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { ContactFilterInput } from '../contact.inputs.types.js';
import type { NewExport } from '../export/export.input.js';
import type { ON_EXISTING } from '../import/import.input.js';
import type { NewImport } from '../import/import.input.js';

type OnExisting = (typeof ON_EXISTING)[number];

export const OnExistingEnum: { readonly [K in OnExisting]: K } = { UPDATE: 'UPDATE', SKIP: 'SKIP' };
registerEnumType(OnExistingEnum, {
  name: 'ContactImportOnExisting',
  description: 'What an import does with a contact that is there already.',
  valuesConfig: {
    UPDATE: { description: 'Takes what the row says; empty cells change nothing, tags are added.' },
    SKIP: { description: 'Leaves it as it is.' },
  },
});

@InputType('ContactImportColumnInput', { description: 'What a column of a file is.' })
export class ContactImportColumnInput {
  @Field(() => String, { description: 'What stands in its first row.' })
  header = '';

  @Field(() => String, {
    nullable: true,
    description: 'phone_number, name, tags, opted_out, or the key of a contact field; null: it is left out.',
  })
  target?: string | null;
}

@InputType('CreateContactImportInput', { description: 'How to read a CSV file of contacts.' })
export class CreateContactImportInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId = '';

  @Field(() => [ContactImportColumnInput], {
    nullable: true,
    description:
      'Columns whose header does not say what they are. Understood are phone_number, name, tags, opted_out, and keys and labels of contact fields.',
  })
  columns?: ContactImportColumnInput[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The country of numbers without country code, in ISO 3166, such as ID. Left out: all must have one.',
  })
  defaultCountry?: string | null;

  @Field(() => OnExistingEnum, {
    defaultValue: 'UPDATE',
    description: 'What to do with contacts that are there already.',
  })
  onExisting: OnExisting = 'UPDATE';

  @Field(() => [String], { nullable: true, description: 'Tags for every contact of the file.' })
  tags?: string[] | null;

  toRequest(): NewImport {
    const { columns, defaultCountry, onExisting, tags } = this;
    return {
      columns: (columns ?? []).map(({ header, target }) => ({ header, target: target ?? null })),
      defaultCountry,
      onExisting,
      tags: tags ?? [],
    };
  }
}

@InputType('CreateContactExportInput', { description: 'Which contacts to write into a file.' })
export class CreateContactExportInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId = '';

  @Field(() => ContactFilterInput, { nullable: true, description: 'Which contacts; left out: all.' })
  filter?: ContactFilterInput | null;

  toRequest(): NewExport {
    const { fields, tags, ...filter } = this.filter?.toFilter() ?? {};
    return {
      filter: {
        ...filter,
        tags: tags == null ? null : [...tags],
        fields: fields?.map(({ key, equals, from, to }) => ({ key, equals, from, to })) ?? null,
      },
    };
  }
}
