import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { containsPattern } from '../../platform/database/like-pattern.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Transaction } from '../../platform/database/transaction.js';
import type { MeteredDevice } from '../billing/index.js';
import { Device, DEVICE_COLUMNS } from './device.entity.js';
import type { DeviceStatus } from './device.status.js';

export interface DeviceFilter {
  readonly status?: readonly DeviceStatus[] | null | undefined;
  /** E.164 digits. */
  readonly phoneNumber?: string | null | undefined;
  /** Part of the label, in any case. */
  readonly label?: string | null | undefined;
}

/** A device that was not deleted; throws NOT_FOUND. */
export async function getDevice(em: EntityManager, id: string): Promise<Device> {
  const device = await em.findOne(Device, { id, deletedAt: null });
  if (device === null) throw kernelErrors.NOT_FOUND();
  return device;
}

/** A device that was not deleted, by one of the other names that it has. */
export async function findDeviceBy(
  em: EntityManager,
  name: { readonly number: number } | { readonly sendingId: string } | { readonly phoneNumber: string },
): Promise<Device | null> {
  return em.findOne(Device, { ...name, deletedAt: null });
}

/** What sending needs to know of a device, its package included. */
export type SendingDevice = Pick<Device, 'shard' | 'status' | 'suspendedBy' | 'priority'> & MeteredDevice;

const SENDING_DEVICES = `
  select d.id, d.agency_id as "agencyId", d.subaccount_id as "subaccountId", d.shard, d.status,
         d.suspended_by as "suspendedBy", d.priority,
         p.monthly_allowance as "monthlyAllowance", p.brand_line as "brandLine", p.priority as "packagePriority"
  from device d join package p on p.id = d.package_id`;

const FIND_SENDING_DEVICE = new PreparedStatement<SendingDevice>(
  'find_sending_device',
  `${SENDING_DEVICES} where d.id = $1 and d.deleted_at is null`,
);
const LIST_SENDING_DEVICES = new PreparedStatement<SendingDevice>(
  'list_sending_devices',
  `${SENDING_DEVICES} where d.subaccount_id = $1 and d.deleted_at is null`,
);

/** For the path that every message takes: a device that was not deleted. */
export async function findSendingDevice(
  tx: Pick<Transaction, 'em'>,
  id: string,
): Promise<SendingDevice | null> {
  const [device] = await FIND_SENDING_DEVICE.run(tx.em, [id]);
  return device ?? null;
}

/** As above; throws NOT_FOUND. */
export async function getSendingDevice(tx: Pick<Transaction, 'em'>, id: string): Promise<SendingDevice> {
  const device = await findSendingDevice(tx, id);
  if (device === null) throw kernelErrors.NOT_FOUND();
  return device;
}

/** Every device of a subaccount, for the choice among them. */
export function listSendingDevices(
  tx: Pick<Transaction, 'em'>,
  subaccountId: string,
): Promise<readonly SendingDevice[]> {
  return LIST_SENDING_DEVICES.run(tx.em, [subaccountId]);
}

/** As {@link getDevice}, locked until the transaction ends. */
export async function lockDevice(tx: Pick<Transaction, 'em'>, id: string): Promise<Device> {
  const device = await findLockedDevice(tx, id);
  if (device === null || device.deletedAt != null) throw kernelErrors.NOT_FOUND();
  return device;
}

const LOCK_DEVICE = new PreparedStatement(
  'lock_device',
  `select ${DEVICE_COLUMNS} from device d where d.id = $1 for update`,
);

/** Locked until the transaction ends, also when it was deleted. */
export async function findLockedDevice(tx: Pick<Transaction, 'em'>, id: string): Promise<Device | null> {
  const [row] = await LOCK_DEVICE.run(tx.em, [id]);
  return row === undefined ? null : tx.em.map(Device, row);
}

export function findDevices(em: EntityManager, ids: readonly string[]): Promise<Device[]> {
  return em.find(Device, { id: { $in: [...ids] }, deletedAt: null });
}

export function countDevices(em: EntityManager, subaccountId: string): Promise<number> {
  return em.count(Device, { subaccountId, deletedAt: null });
}

/** Devices of a subaccount, oldest first. */
export async function listDevices(
  em: EntityManager,
  subaccountId: string,
  request: PageRequest,
  filter: DeviceFilter,
): Promise<Page<Device>> {
  const size = pageSize(request);
  const conditions: FilterQuery<Device>[] = [{ subaccountId, deletedAt: null }];
  if (request.after != null) conditions.push({ id: { $gt: decodeIdCursor(request.after) } });
  if (filter.status != null) conditions.push({ status: { $in: [...filter.status] } });
  if (filter.phoneNumber != null) conditions.push({ phoneNumber: filter.phoneNumber });
  if (filter.label != null) conditions.push({ label: { $ilike: containsPattern(filter.label) } });
  const rows = await em.find(Device, { $and: conditions }, { orderBy: { id: 'asc' }, limit: size + 1 });
  return toPage(rows, size, request, (device) => [device.id]);
}
