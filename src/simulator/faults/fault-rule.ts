import { z } from 'zod';

const milliseconds = z.number().int().min(0).max(600_000);

const httpStatus = z.strictObject({ kind: z.literal('http'), status: z.number().int().min(200).max(599) });
const plain = <const K extends string>(kind: K) => z.strictObject({ kind: z.literal(kind) });

/** Ends or disables a live connection; see `faults/break-connection.ts`. */
export const breakActionSchema = z.discriminatedUnion('kind', [
  plain('close'),
  plain('reset'),
  plain('freeze'),
  plain('garbage'),
  plain('streamEnd'),
  z.strictObject({
    kind: z.literal('streamError'),
    code: z.string().regex(/^\d+$/).optional(),
    conflict: z.string().min(1).optional(),
  }),
]);

export const faultActionSchema = z.discriminatedUnion('kind', [
  ...breakActionSchema.options,
  plain('drop'),
  z.strictObject({ kind: z.literal('delay'), ms: milliseconds }),
  plain('duplicate'),
  plain('corrupt'),
  plain('hang'),
  plain('refuse'),
  plain('badCertificate'),
  httpStatus,
  z.strictObject({
    kind: z.literal('error'),
    code: z.number().int().min(1).max(9999),
    text: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('failure'),
    reason: z.number().int().min(1).max(999),
    attrs: z.record(z.string(), z.string()).optional(),
  }),
]);

export type BreakAction = z.infer<typeof breakActionSchema>;
export type FaultAction = z.infer<typeof faultActionSchema>;

const BREAKS = ['close', 'reset', 'freeze', 'garbage', 'streamEnd', 'streamError'] as const;

/** Every named point with the actions that mean something there. */
export const FAULT_POINTS = {
  upgrade: ['http', 'hang', 'refuse'],
  handshake: ['badCertificate', 'hang', 'close', 'reset'],
  pairing: BREAKS,
  login: ['failure', 'hang', ...BREAKS],
  iq: ['drop', 'delay', 'error', ...BREAKS],
  keepalive: ['drop', 'delay', ...BREAKS],
  message: ['drop', 'delay', 'error', ...BREAKS],
  ack: ['drop', 'delay', 'duplicate', ...BREAKS],
  delivery: ['drop', 'delay', 'duplicate', 'corrupt', ...BREAKS],
  receipt: ['drop', 'delay', 'duplicate', ...BREAKS],
  decrypt: ['corrupt'],
  mediaUpload: ['http', 'hang', 'delay'],
  mediaDownload: ['http', 'hang', 'delay'],
} as const satisfies Record<string, readonly FaultAction['kind'][]>;

export type FaultPoint = keyof typeof FAULT_POINTS;

const pointNames = Object.keys(FAULT_POINTS).filter((name): name is FaultPoint => name in FAULT_POINTS);

const matchSchema = z.strictObject({
  number: z.string().optional().describe('account whose device is concerned'),
  device: z.number().int().min(0).optional(),
  recipient: z
    .string()
    .optional()
    .describe('number (or JID of a group) that a message or receipt is for or from'),
  id: z.string().optional(),
  type: z.string().optional(),
  xmlns: z.string().optional(),
  child: z.string().optional().describe('tag of the first child of an iq'),
  nth: z.number().int().min(1).optional().describe('strike from the nth match on, counted from 1'),
});

export const faultRuleSchema = z
  .strictObject({
    point: z.enum(pointNames),
    match: matchSchema.default({}),
    times: z.number().int().min(1).nullable().default(1).describe('null: for ever'),
    action: faultActionSchema,
  })
  .superRefine((rule, context) => {
    const allowed: readonly string[] = FAULT_POINTS[rule.point];
    if (allowed.includes(rule.action.kind)) return;
    const message = `"${rule.action.kind}" is not possible at "${rule.point}"; possible: ${allowed.join(', ')}`;
    context.addIssue({ code: 'custom', path: ['action', 'kind'], message });
  });

/** What a caller writes; `match` and `times` have defaults. */
export type FaultRuleInput = z.input<typeof faultRuleSchema>;
export type FaultRule = z.infer<typeof faultRuleSchema> & { readonly id: string };
/** What is about to happen at a point; a rule strikes when everything it names is equal. */
export type FaultSubject = Omit<z.infer<typeof matchSchema>, 'nth'>;

export function isBreak(action: FaultAction): action is BreakAction {
  return (BREAKS as readonly string[]).includes(action.kind);
}
