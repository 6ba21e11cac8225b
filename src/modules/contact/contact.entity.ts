import { newId } from '../../kernel/ids.js';
import { p, tenantEntity } from '../../platform/database/tenant-entity.js';

const ContactSchema = tenantEntity({
  name: 'Contact',
  tableName: 'contact',
  properties: {
    name: p.text().nullable(),
    pushName: p.text().nullable(),
    phoneNumber: p.text().nullable(),
    favouriteDeviceId: p.uuid().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

export interface NewContact {
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly phoneNumber: string | null;
  readonly pushName: string | null;
  readonly at: Date;
}

/** A person that a subaccount talks with, known by a phone number, a LID, or both. */
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

  /** Takes over what only `other` had. */
  absorb(other: Contact, at: Date): void {
    this.name ??= other.name;
    this.pushName ??= other.pushName;
    this.phoneNumber ??= other.phoneNumber;
    this.favouriteDeviceId ??= other.favouriteDeviceId ?? null;
    this.updatedAt = at;
  }
}

ContactSchema.setClass(Contact);
