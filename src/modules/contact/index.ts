/**
 * Contacts: the people that a subaccount writes with. Owns who is who: a person has phone numbers and a LID, either may be learnt first,
 * and two contacts that turn out to be one person become one. Contacts are made by messages, through the {@link ContactDirectory}, inside
 * the transaction of the message.
 */
export { ContactDirectory } from './identity/contact.directory.js';
export type { ContactReferences, PersonFacts, Tenant } from './identity/contact.directory.js';
export { findLids } from './contact.queries.js';
export { Contact } from './contact.entity.js';
export { contactUpdated } from './contact.events.js';
export type { PersonIdentity } from './identity/contact.identity.js';
export { findRecipient, lockContact } from './contact.queries.js';
export { ContactResolver } from './contact.resolver.js';
export { ContactService } from './contact.service.js';
export { ContactType } from './contact.types.js';
