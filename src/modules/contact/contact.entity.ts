import { newId } from '../../kernel/ids.js';
import { columnsOf } from '../../platform/database/entity-columns.js';
import { p, tenantEntity } from '../../platform/database/tenant-entity.js';

const ContactSchema = tenantEntity({
  name: 'Contact',
  tableName: 'contact',
  properties: {
    name: p.text().nullable(),
    pushName: p.text().nullable(),
    phoneNumber: p.text().nullable(),
    favouriteDeviceId: p.uuid().nullable(),
    // Wants no messages that nobody typed.
    optedOutAt: p.datetime().nullable(),
    // Nothing is sent there.
    blockedAt: p.datetime().nullable(),
    version: p.integer(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** For prepared statements on `contact c`. */
export const CONTACT_COLUMNS = columnsOf(ContactSchema, 'c');

export interface NewContact {
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly phoneNumber: string | null;
  readonly pushName: string | null;
  readonly at: Date;
}

/**
 * A person that a subaccount talks with, known by a phone number, a LID, or both. `version` counts what people change: name, tags and
 * fields. What WhatsApp tells of the person, and wishes such as an opt-out, overwrite nobody's work and are not counted.
 */
export class Contact extends ContactSchema.class {
  static create(facts: NewContact): Contact {
    const contact = new Contact();
    contact.id = newId();
    contact.agencyId = facts.agencyId;
    contact.subaccountId = facts.subaccountId;
    contact.name = null;
    contact.pushName = facts.pushName;
    contact.phoneNumber = facts.phoneNumber;
    contact.favouriteDeviceId = null;
    contact.optedOutAt = null;
    contact.blockedAt = null;
    contact.version = 1;
    contact.createdAt = facts.at;
    contact.updatedAt = facts.at;
    return contact;
  }

  /** Takes what a message told; returns whether anything is new. */
  learn(facts: { readonly phoneNumber: string | null; readonly pushName: string | null }, at: Date): boolean {
    const phoneNumber = facts.phoneNumber ?? this.phoneNumber;
    const pushName = facts.pushName ?? this.pushName;
    if (phoneNumber === this.phoneNumber && pushName === this.pushName) return false;
    this.phoneNumber = phoneNumber;
    this.pushName = pushName;
    this.updatedAt = at;
    return true;
  }

  /** The number went to another person. */
  losePhoneNumber(phoneNumber: string, at: Date): void {
    if (this.phoneNumber !== phoneNumber) return;
    this.phoneNumber = null;
    this.updatedAt = at;
  }

  /** Names the device that the person is written to from; returns whether that is another one. */
  favour(deviceId: string | null, at: Date): boolean {
    if ((this.favouriteDeviceId ?? null) === deviceId) return false;
    this.favouriteDeviceId = deviceId;
    this.updatedAt = at;
    return true;
  }

  /** Returns whether that is news. */
  optOut(at: Date): boolean {
    if (this.optedOutAt != null) return false;
    this.optedOutAt = at;
    this.updatedAt = at;
    return true;
  }

  optIn(at: Date): boolean {
    if (this.optedOutAt == null) return false;
    this.optedOutAt = null;
    this.updatedAt = at;
    return true;
  }

  block(at: Date): boolean {
    if (this.blockedAt != null) return false;
    this.blockedAt = at;
    this.updatedAt = at;
    return true;
  }

  unblock(at: Date): boolean {
    if (this.blockedAt == null) return false;
    this.blockedAt = null;
    this.updatedAt = at;
    return true;
  }

  rename(name: string | null): boolean {
    if ((this.name ?? null) === name) return false;
    this.name = name;
    return true;
  }

  /** Counts a change that people made. */
  touch(at: Date): void {
    this.version += 1;
    this.updatedAt = at;
  }

  /** Takes over what only `other` had, and every wish to be left alone. */
  absorb(other: Contact, at: Date): void {
    this.name ??= other.name ?? null;
    this.pushName ??= other.pushName ?? null;
    this.phoneNumber ??= other.phoneNumber ?? null;
    this.favouriteDeviceId ??= other.favouriteDeviceId ?? null;
    this.optedOutAt ??= other.optedOutAt ?? null;
    this.blockedAt ??= other.blockedAt ?? null;
    this.touch(at);
  }
}

ContactSchema.setClass(Contact);
