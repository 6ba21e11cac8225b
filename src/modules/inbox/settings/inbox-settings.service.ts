import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { invalidInput, kernelErrors } from '../../../kernel/errors.js';
import type { FieldError } from '../../../kernel/errors.js';
import { parseInput } from '../../../kernel/input.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { assertFields } from '../../contact/index.js';
import { Device } from '../../device/index.js';
import { findWorkers, Team } from '../../identity/index.js';
import { getSubaccount } from '../../tenancy/index.js';
import type { AssignmentRule } from '../assignment/assignment.rule.js';
import { InboxSettings } from './inbox-settings.entity.js';
import { inboxChanges } from './inbox-settings.input.js';
import type { InboxChanges } from './inbox-settings.input.js';

/** How each subaccount works on its conversations. */
export class InboxSettingsService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Of each of these subaccounts, in their order. */
  findOfEach(ctx: Context, subaccountIds: readonly string[]): Promise<readonly InboxSettings[]> {
    return this.#database.read(ctx, async (em) => {
      const rows = await em.find(InboxSettings, { subaccountId: { $in: [...subaccountIds] } });
      const known = new Map(rows.map((row) => [row.subaccountId, row]));
      return subaccountIds.map((id) => known.get(id) ?? InboxSettings.unchosen(id));
    });
  }

  /** Throws STALE_VERSION; 0 is the version of settings that nobody chose yet. */
  update(ctx: Context, subaccountId: string, request: InboxChanges): Promise<InboxSettings> {
    const { version, ...changes } = parseInput(inboxChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      await assertOwn(tx, subaccountId, changes.assignmentRules ?? []);
      await assertFields(tx.em, subaccountId, { path: 'input.awayMessage', text: changes.awayMessage ?? '' });
      const settings = await lockOrInsert(tx, { agencyId, subaccountId }, this.#clock.now());
      if (settings.version !== version) {
        throw kernelErrors.STALE_VERSION({ data: { currentVersion: settings.version } });
      }
      const given = Object.entries(changes).filter(([, value]) => value !== undefined);
      Object.assign(settings, Object.fromEntries(given));
      settings.version += 1;
      settings.updatedAt = this.#clock.now();
      const changed = given.map(([name]) => name).sort();
      tx.append({ topic: 'inbox_settings.updated', subaccountId, payload: { changed } });
      return settings;
    });
  }
}

/** Two who choose first see one row, and one of them the version of the other. */
async function lockOrInsert(
  tx: Transaction,
  { agencyId, subaccountId }: { readonly agencyId: string; readonly subaccountId: string },
  at: Date,
): Promise<InboxSettings> {
  await tx.em.execute(
    `insert into inbox_settings
       (subaccount_id, agency_id, working_hours, closed_on, assignment_rules, version, updated_at)
     values (?, ?, '[]', '[]', '[]', 0, ?) on conflict do nothing`,
    [subaccountId, agencyId, at],
  );
  return tx.em.findOneOrFail(InboxSettings, { subaccountId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

async function assertOwn(
  tx: Transaction,
  subaccountId: string,
  rules: readonly AssignmentRule[],
): Promise<void> {
  const devices = await ownIds(tx, Device, subaccountId, idsOf(rules, 'deviceId'));
  const teams = await ownIds(tx, Team, subaccountId, idsOf(rules, 'teamId'));
  const workers = await findWorkers(
    tx.em,
    rules.flatMap(({ assigneeIds }) => assigneeIds),
    subaccountId,
  );
  const wrong = rules.flatMap((rule, index): FieldError[] => {
    const path = `input.assignmentRules.${index}`;
    return [
      ...(rule.deviceId === null || devices.has(rule.deviceId)
        ? []
        : [{ path: `${path}.deviceId`, message: 'must be a device of the subaccount' }]),
      ...(rule.teamId === null || teams.has(rule.teamId)
        ? []
        : [{ path: `${path}.teamId`, message: 'must be a team of the subaccount' }]),
      ...(rule.assigneeIds.every((id) => workers.has(id))
        ? []
        : [{ path: `${path}.assigneeIds`, message: 'must be users who work for the subaccount' }]),
    ];
  });
  if (wrong.length > 0) throw invalidInput(wrong);
}

function idsOf(rules: readonly AssignmentRule[], name: 'deviceId' | 'teamId'): string[] {
  return rules.flatMap((rule) => rule[name] ?? []);
}

async function ownIds(
  tx: Transaction,
  entity: typeof Device | typeof Team,
  subaccountId: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const where = { subaccountId, id: { $in: [...ids] } };
  const rows = entity === Device ? await tx.em.find(Device, where) : await tx.em.find(Team, where);
  return new Set(rows.map(({ id }) => id));
}
