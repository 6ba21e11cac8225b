/**
 * Contacts: the people that a subaccount writes with. Owns who is who: a person has phone numbers and a LID, either may be learnt first,
 * and two contacts that turn out to be one person become one, with all that either had. Owns what people know of them, too: names, tags,
 * fields, notes, and who wants no messages. Messages make contacts through the {@link ContactDirectory}, inside their own transaction.
 */
export { Contact } from './contact.entity.js';
export { contactUpdated } from './contact.events.js';
export { findLids, findRecipient, lockContact } from './contact.queries.js';
export { ContactReader } from './contact.reader.js';
export { ContactChangesResolver } from './contact-changes.resolver.js';
export { ContactResolver, SubaccountContactsResolver } from './contact.resolver.js';
export { ContactSearch } from './contact-search.js';
export { ContactSearchResolver } from './contact-search.resolver.js';
export { findTags as findContactTags } from './tag/contact.tags.js';
export { ContactService } from './contact.service.js';
export { ContactType } from './contact.types.js';
export { ContactDirectory } from './identity/contact.directory.js';
export type { Addressee, PersonFacts, Tenant } from './identity/contact.directory.js';
export type { PersonIdentity } from './identity/contact.identity.js';
export { ContactMerge } from './identity/contact-merge.entity.js';
export type { ContactReferences } from './identity/contact.merger.js';
