/** The columns that this module writes in sets, or without loading an entity. */
export interface DeviceTables {
  device_secret: {
    device_id: string;
    credentials: Buffer | null;
  };
  signal_key: {
    device_id: string;
    agency_id: string;
    subaccount_id: string;
    type: string;
    key_id: string;
    value: Buffer;
  };
}
