/**
 * Contacts: the people that a subaccount writes with. Owns who is who: a person has phone numbers and a LID, either may be learnt first,
 * and two contacts that turn out to be one person become one, with all that either had. Owns what people know of them, too: names, tags,
 * fields, notes, and who wants no messages. Messages make contacts through the {@link ContactDirectory}, inside their own transaction.
 */
export { BulkFiles } from './bulk/bulk-files.js';
export { BulkOperationUpdatedResolver } from './bulk/bulk-operation-events.resolver.js';
export { BulkOperation } from './bulk/bulk-operation.entity.js';
export { BulkQueue } from './bulk/bulk-operation.queue.js';
export { BulkOperationResolver, SubaccountBulkOperationsResolver } from './bulk/bulk-operation.resolver.js';
export { BulkOperationService } from './bulk/bulk-operation.service.js';
export { BulkRunner } from './bulk/bulk-runner.js';
export { Contact } from './contact.entity.js';
export { contactUpdated } from './contact.events.js';
export { findAddress, findLids, findRecipient, getContact, lockContact } from './contact.queries.js';
export type { Recipient } from './contact.queries.js';
export { ContactReader } from './contact.reader.js';
export { ContactChangesResolver } from './contact-changes.resolver.js';
export { ContactResolver, SubaccountContactsResolver } from './contact.resolver.js';
export { ContactUpdatedResolver } from './contact-events.resolver.js';
export { SubaccountTagsResolver } from './tag/tag-use.resolver.js';
export { ContactSearch } from './contact-search.js';
export { ContactSearchResolver } from './contact-search.resolver.js';
export { findTags as findContactTags } from './tag/contact.tags.js';
export { ContactService } from './contact.service.js';
export {
  assertFields,
  CONTACT_VARIABLES,
  fieldKeysOf,
  findContactVariables,
  hasField,
  isContactVariable,
  refuseUnknown,
  variablesWith,
} from './contact.variables.js';
export type { ContactWishes } from './contact.wishes.js';
export { ContactType } from './contact.types.js';
export { ContactDuplicatesResolver, SubaccountDuplicatesResolver } from './duplicate/duplicates.resolver.js';
export { ContactExport } from './export/contact-export.js';
export { ContactField } from './field/contact-field.entity.js';
export { ContactFieldResolver, ContactFieldValuesResolver } from './field/contact-field.resolver.js';
export { ContactFieldService } from './field/contact-field.service.js';
export { ContactDirectory } from './identity/contact.directory.js';
export type { Addressee, PersonFacts, Tenant } from './identity/contact.directory.js';
export type { PersonIdentity } from './identity/contact.identity.js';
export { ContactMerge } from './identity/contact-merge.entity.js';
export type { ContactReferences } from './identity/contact.merger.js';
export { ContactImport } from './import/contact-import.js';
export { ImportBatch } from './import/import-batch.js';
export { ContactNote } from './note/contact-note.entity.js';
export { ContactNoteResolver } from './note/contact-note.resolver.js';
export { ContactNoteService } from './note/contact-note.service.js';
export { ContactSettingsResolver } from './opt-out/contact-settings.resolver.js';
export { ContactSettingsService } from './opt-out/contact-settings.service.js';
export { OptOuts } from './opt-out/opt-outs.js';
