import {
  globalEntity,
  p,
  tenantEntity,
  tenantRootEntity,
} from '../../../../src/platform/database/tenant-entity.js';
import { newId } from '../../../../src/kernel/ids.js';

const SubaccountSchema = tenantRootEntity(
  { agency: 'agencyId', subaccount: 'id' },
  {
    name: 'SampleSubaccount',
    tableName: 'subaccount',
    properties: { id: p.uuid().primary(), agencyId: p.uuid(), name: p.text() },
  },
);
export class SampleSubaccount extends SubaccountSchema.class {}
SubaccountSchema.setClass(SampleSubaccount);

const DeviceSchema = tenantRootEntity(
  { agency: 'agencyId', subaccount: 'subaccountId', device: 'id' },
  {
    name: 'SampleDevice',
    tableName: 'device',
    properties: { id: p.uuid().primary(), agencyId: p.uuid(), subaccountId: p.uuid(), label: p.text() },
  },
);
export class SampleDevice extends DeviceSchema.class {
  rename(label: string): void {
    this.label = label.trim();
  }
}
DeviceSchema.setClass(SampleDevice);

const ContactSchema = tenantEntity({
  name: 'SampleContact',
  tableName: 'contact',
  properties: {
    name: p.text().nullable(),
    phoneNumber: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});
export class SampleContact extends ContactSchema.class {
  static in(subaccount: { agencyId: string; id: string }, name: string, now = new Date()): SampleContact {
    return Object.assign(new SampleContact(), {
      id: newId(),
      agencyId: subaccount.agencyId,
      subaccountId: subaccount.id,
      name,
      createdAt: now,
      updatedAt: now,
    });
  }

  get displayName(): string {
    return this.name ?? this.phoneNumber ?? 'unknown';
  }
}
ContactSchema.setClass(SampleContact);

/** A key of several columns, none of them `id`. */
const PairingSchema = tenantEntity({
  name: 'SampleSignalKey',
  tableName: 'signal_key',
  properties: {
    deviceId: p.uuid().primary(),
    type: p.text().primary(),
    keyId: p.text().primary(),
    value: p.blob(),
  },
});
class SampleSignalKey extends PairingSchema.class {}
PairingSchema.setClass(SampleSignalKey);

const ProcessSchema = globalEntity('processes of the fleet belong to no tenant', {
  name: 'SampleProcess',
  tableName: 'process',
  properties: {
    name: p.text().primary(),
    roles: p.array(),
    startedAt: p.datetime(),
    heartbeatAt: p.datetime(),
  },
});
class SampleProcess extends ProcessSchema.class {}
ProcessSchema.setClass(SampleProcess);

export const sampleEntities = [SampleSubaccount, SampleDevice, SampleContact, SampleSignalKey, SampleProcess];
