import { p, tenantEntity } from '../../platform/database/tenant-entity.js';

const DeviceSecretSchema = tenantEntity({
  name: 'DeviceSecret',
  tableName: 'device_secret',
  properties: {
    deviceId: p.uuid().primary(),
    wrappedKey: p.blob(),
    credentials: p.blob().nullable(),
  },
});

/** A device's data key, wrapped by the master key, and its WhatsApp credentials, sealed with the data key. */
export class DeviceSecret extends DeviceSecretSchema.class {}
DeviceSecretSchema.setClass(DeviceSecret);
