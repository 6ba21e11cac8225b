import { z } from 'zod';
import { nameText } from '../../../kernel/input.js';
import { WEEKDAYS } from '../../../kernel/weekdays.js';
import { refuseUnknown } from '../../contact/index.js';
import { DEVICE_VARIABLES } from '../../messaging/index.js';
import { ASSIGNMENT_METHODS } from '../assignment/assignment.rule.js';

const MAX_PARTS = 70;
const MAX_CLOSED_DAYS = 400;
const MAX_AWAY_LENGTH = 4_096;
const MAX_RULES = 50;
const MAX_ASSIGNEES = 100;
const MAX_LABEL_LENGTH = 50;

const part = z
  .object({
    day: z.enum(WEEKDAYS),
    from: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 09:00'),
    until: z.string().regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as 17:30 or 24:00'),
  })
  .refine(({ from, until }) => from < until, { path: ['until'], message: 'must be later than `from`' });

const rule = z.object({
  deviceId: z.uuid().nullable(),
  label: nameText(MAX_LABEL_LENGTH).nullable(),
  teamId: z.uuid().nullable(),
  method: z.enum(ASSIGNMENT_METHODS),
  assigneeIds: z.array(z.uuid()).max(MAX_ASSIGNEES, `must be at most ${MAX_ASSIGNEES} users`).readonly(),
});

/** What is left out stays; null takes it away. */
export const inboxChanges = z.object({
  version: z.int(),
  workingHours: z.array(part).max(MAX_PARTS, `must be at most ${MAX_PARTS} parts of days`).optional(),
  closedOn: z
    .array(z.iso.date('must be a day such as 2027-01-31'))
    .max(MAX_CLOSED_DAYS, `must be at most ${MAX_CLOSED_DAYS} days`)
    .transform((days) => [...new Set(days)].sort())
    .optional(),
  awayMessage: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(MAX_AWAY_LENGTH, `must have at most ${MAX_AWAY_LENGTH} characters`)
    .regex(/^[^\0]*$/, 'must not contain the character U+0000')
    .superRefine(refuseUnknown(DEVICE_VARIABLES))
    .nullable()
    .optional(),
  assignmentRules: z.array(rule).max(MAX_RULES, `must be at most ${MAX_RULES} rules`).optional(),
});
export type InboxChanges = z.input<typeof inboxChanges>;
