import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import type { Device } from '../../device/index.js';
import type { MessageReader } from './message.reader.js';

/** Devices of many messages in one statement, deleted ones too: their messages stay. */
export async function loadDeviceOfMessage(
  context: GraphqlContext,
  reader: MessageReader,
  deviceId: string,
): Promise<Device> {
  const load = async (ids: readonly string[]) =>
    inOrderOf(ids, await reader.findDevices(context.ctx, ids), (device) => device.id);
  const device = await context.loader<string, Device | null>('device of messages', load).load(deviceId);
  if (device === null) throw new Error('a message has no device');
  return device;
}
