import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { invalidInput } from '../../kernel/errors.js';
import { newId } from '../../kernel/ids.js';
import { idempotencyKeyText, nameText, parseInput } from '../../kernel/input.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { requestHash } from '../../platform/crypto/request-hash.js';
import { createToken, deriveToken } from '../../platform/crypto/tokens.js';
import type { MasterKey } from '../../platform/crypto/master-key.js';
import type { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { claimIdempotency } from '../../platform/idempotency/idempotency.js';
import { Device, newDevice } from './device.entity.js';
import { deviceCreated, deviceDeleted, deviceUpdated } from './device.events.js';
import { assertRoomForDevice } from '../billing/index.js';
import type { PackageService } from '../billing/index.js';
import { holdSubaccount } from '../tenancy/index.js';
import type { DeviceKeys } from './device.keys.js';
import { PRIORITY_LEVELS } from './device.priority.js';
import type { PriorityLevel } from './device.priority.js';
import { countDevices, findDevices, getDevice, listDevices, lockDevice } from './device.queries.js';
import type { DeviceFilter } from './device.queries.js';
import { changeDevice } from './device.transition.js';
import { freeNumber } from './pairing/number-claim.js';
import type { PairingJournal } from './pairing/pairing-journal.js';
import { changeSendPolicy } from './sending/send-policy.js';
import type { DeviceWaker } from './session/device-waker.js';
import type { DeviceTokenService } from './token/device-token.service.js';

const MIN_PRIORITY = 0;
const MAX_PRIORITY = 1_000;

interface NewDevice {
  readonly subaccountId: string;
  readonly label: string;
  /** Left out: the agency's default. */
  readonly packageId?: string | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

interface DeviceChanges {
  readonly label?: string | null | undefined;
  readonly priority?: number | null | undefined;
  /** In place of `priority`. */
  readonly priorityLevel?: PriorityLevel | null | undefined;
  readonly packageId?: string | null | undefined;
  /** Of it, what is left out stays and null takes the default again. */
  readonly sendPolicy?: object | null | undefined;
  readonly sendReadReceipts?: boolean | null | undefined;
}

/**
 * Reads devices and changes what should be true of them. A mutation changes rows and wakes the process that holds the device, which then
 * brings the socket in step; when no process holds it, the rows alone say what is so.
 */
export class DeviceService {
  readonly #database: Database;
  readonly #tokens: DeviceTokenService;
  readonly #pairings: PairingJournal;
  readonly #keys: DeviceKeys;
  readonly #packages: Pick<PackageService, 'choose'>;
  readonly #masterKey: MasterKey;
  readonly #waker: DeviceWaker;
  readonly #clock: Clock;

  constructor(options: {
    database: Database;
    tokens: DeviceTokenService;
    pairings: PairingJournal;
    keys: DeviceKeys;
    packages: Pick<PackageService, 'choose'>;
    masterKey: MasterKey;
    waker: DeviceWaker;
    clock: Clock;
  }) {
    this.#database = options.database;
    this.#tokens = options.tokens;
    this.#pairings = options.pairings;
    this.#keys = options.keys;
    this.#packages = options.packages;
    this.#masterKey = options.masterKey;
    this.#waker = options.waker;
    this.#clock = options.clock;
  }

  get(ctx: Context, id: string): Promise<Device> {
    return this.#database.read(ctx, (em) => getDevice(em, id));
  }

  /** In any order, without the ones that do not exist or may not be seen. */
  findMany(ctx: Context, ids: readonly string[]): Promise<Device[]> {
    return this.#database.read(ctx, (em) => findDevices(em, ids));
  }

  /** As {@link findMany}, with deleted ones: for what still refers to them. */
  findManyEver(ctx: Context, ids: readonly string[]): Promise<Device[]> {
    return this.#database.read(ctx, (em) => em.find(Device, { id: { $in: [...ids] } }));
  }

  list(
    ctx: Context,
    subaccountId: string,
    request: PageRequest,
    filter: DeviceFilter = {},
  ): Promise<Page<Device>> {
    return this.#database.read(ctx, (em) => listDevices(em, subaccountId, request, filter));
  }

  /** The token is shown this once; only a repetition with the same idempotency key shows it again. */
  create(ctx: Context, input: NewDevice): Promise<{ device: Device; token: string }> {
    const label = parseLabel(input.label);
    const { subaccountId, packageId = null, idempotencyKey: key } = input;
    if (key == null) {
      return this.#database.write(ctx, (tx) =>
        this.#create(tx, { id: newId(), subaccountId, packageId, label, token: createToken('device') }),
      );
    }
    const claim = {
      scopeId: subaccountId,
      agencyId: ctx.requireScope().agencyId,
      subaccountId,
      key: parseInput(idempotencyKeyText(), key, 'input.idempotencyKey'),
      operation: 'createDevice',
      requestHash: requestHash({ label, ...(packageId !== null && { packageId }) }),
    };
    return this.#database.write(ctx, async (tx) => {
      const claimed = await claimIdempotency(tx, claim);
      const id = claimed.kind === 'new' ? newId() : claimed.resourceId;
      const token = deriveToken('device', this.#masterKey, id);
      if (claimed.kind === 'replay') return { device: await getDevice(tx.em, id), token };
      const created = await this.#create(tx, { id, subaccountId, packageId, label, token });
      await claimed.record(id);
      return created;
    });
  }

  /** Changes what is given; the same values again change nothing. */
  update(ctx: Context, id: string, changes: DeviceChanges): Promise<Device> {
    const label = changes.label == null ? null : parseLabel(changes.label);
    const priority = parsePriority(changes);
    return this.#database.write(ctx, async (tx) => {
      const device = await lockDevice(tx, id);
      const changed: string[] = [];
      if (label !== null && label !== device.label) changed.push('label');
      if (priority !== null && priority !== device.priority) changed.push('priority');
      device.label = label ?? device.label;
      device.priority = priority ?? device.priority;
      const { sendReadReceipts = null } = changes;
      if (sendReadReceipts !== null && sendReadReceipts !== device.sendReadReceipts)
        changed.push('sendReadReceipts');
      device.sendReadReceipts = sendReadReceipts ?? device.sendReadReceipts;
      if (changes.packageId != null && (await this.#repack(tx, device, changes.packageId)))
        changed.push('package');
      if (changes.sendPolicy != null && this.#paceBy(tx, device, changes.sendPolicy))
        changed.push('sendPolicy');
      if (changed.length > 0) tx.append(deviceUpdated(device, changed));
      return device;
    });
  }

  /** Connects again at once, also after another program took over the link or WhatsApp banned the number. */
  reconnect(ctx: Context, id: string): Promise<Device> {
    return this.#change(ctx, id, (device, now) => device.reconnect(now));
  }

  /** Removes the link, on the phone too while the device is connected. The number may be paired anywhere afterwards. */
  logOut(ctx: Context, id: string): Promise<Device> {
    return this.#change(ctx, id, async (device, now, tx) => {
      device.logOut(now);
      await freeNumber(tx, device.id);
    });
  }

  /** Closes the connection and keeps the link; a running pairing is canceled. */
  suspend(ctx: Context, id: string, reason: string | null): Promise<Device> {
    return this.#change(ctx, id, async (device, now, tx) => {
      await this.#pairings.cancel(tx, device, now);
      device.suspend(reason, now);
    });
  }

  resume(ctx: Context, id: string): Promise<Device> {
    return this.#change(ctx, id, (device, now) => device.resume(now));
  }

  /** For good: disconnects, removes the link, erases the credentials, frees the number, ends the tokens. */
  delete(ctx: Context, id: string): Promise<void> {
    return this.#database.write(ctx, async (tx) => {
      const device = await lockDevice(tx, id);
      const now = this.#clock.now();
      await this.#pairings.cancel(tx, device, now);
      await this.#tokens.retireAll(tx, device, 0);
      await freeNumber(tx, device.id);
      await changeDevice(tx, device, now, () => device.delete(now));
      tx.append(deviceDeleted(device));
      tx.afterCommit(() => this.#waker.wake(device));
    });
  }

  async #create(
    tx: Transaction,
    input: { id: string; subaccountId: string; packageId: string | null; label: string; token: string },
  ): Promise<{ device: Device; token: string }> {
    const { id, subaccountId, label, token } = input;
    const packageId = await this.#packages.choose(tx, input.packageId);
    await assertRoomForDevice(tx, subaccountId, () => countDevices(tx.em, subaccountId));
    // Whoever suspends it meanwhile waits, and finds this device then.
    const { agencyId, isSuspended } = await holdSubaccount(tx.em, subaccountId);
    const place = { id, agencyId, subaccountId, packageId, label };
    const device = tx.em.create(Device, newDevice(place, this.#clock.now(), isSuspended));
    // The rows below refer to it.
    await tx.em.flush();
    this.#keys.create(tx, device);
    this.#tokens.add(tx, device, token);
    tx.append(deviceCreated(device));
    return { device, token };
  }

  /** Returns whether that is another package. */
  async #repack(tx: Transaction, device: Device, packageId: string): Promise<boolean> {
    if (packageId === device.packageId) return false;
    device.packageId = await this.#packages.choose(tx, packageId);
    return true;
  }

  /** Returns whether that is another policy. */
  #paceBy(tx: Transaction, device: Device, changes: object): boolean {
    const policy = changeSendPolicy(device.sendPolicy, changes);
    if (isDeepStrictEqual(policy, device.sendPolicy)) return false;
    device.paceBy(policy);
    tx.afterCommit(() => this.#waker.wake(device, 'device.drain'));
    return true;
  }

  #change(
    ctx: Context,
    id: string,
    change: (device: Device, now: Date, tx: Transaction) => void | Promise<void>,
  ): Promise<Device> {
    return this.#database.write(ctx, async (tx) => {
      const device = await lockDevice(tx, id);
      const now = this.#clock.now();
      await changeDevice(tx, device, now, () => change(device, now, tx));
      tx.afterCommit(() => this.#waker.wake(device));
      return device;
    });
  }
}

function parseLabel(label: string): string {
  return parseInput(nameText(), label, 'input.label');
}

function parsePriority({ priority, priorityLevel }: DeviceChanges): number | null {
  if (priority != null && priorityLevel != null) {
    const message = 'name the priority or its level, not both';
    throw invalidInput([{ path: 'input.priorityLevel', message }]);
  }
  if (priorityLevel != null) return PRIORITY_LEVELS[priorityLevel];
  if (priority == null) return null;
  if (Number.isInteger(priority) && priority >= MIN_PRIORITY && priority <= MAX_PRIORITY) return priority;
  const message = `must be a whole number from ${MIN_PRIORITY} to ${MAX_PRIORITY}`;
  throw invalidInput([{ path: 'input.priority', message }]);
}
