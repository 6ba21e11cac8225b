import { fitsHours } from './hours.js';
import { findKeyword } from './keywords.js';
import type { RuleConditions } from './rule.js';

/** What conditions look at, as it is when they are. */
export interface Facts {
  readonly at: Date;
  readonly timezone: string;
  readonly text: string | null;
  readonly deviceId: string | null;
  /** Where the deal is that it is about. */
  readonly stageId: string | null;
  /** The pipelines in which the contact has open deals. */
  readonly openDealsIn: ReadonlySet<string>;
  readonly tags: readonly string[];
  readonly labels: readonly string[];
  readonly optedOut: boolean;
}

export const CONDITIONS = [
  'DEVICE',
  'KEYWORDS',
  'HOURS',
  'DEAL_STAGE',
  'NO_OPEN_DEAL',
  'CONTACT_TAG',
  'LABEL',
  'OPTED_OUT',
] as const;
export type Condition = (typeof CONDITIONS)[number];

export interface Check {
  readonly condition: Condition;
  readonly passed: boolean;
}

type Tests = { readonly [C in Condition]: (conditions: RuleConditions, facts: Facts) => boolean | null };

/** null: the rule does not ask for it. */
const TESTS: Tests = {
  DEVICE: ({ deviceIds }, { deviceId }) => isAmong(deviceIds, deviceId),
  KEYWORDS: ({ keywords, keywordMatch = 'WORD' }, { text }) =>
    keywords === undefined ? null : findKeyword(text ?? '', keywords, keywordMatch) !== null,
  HOURS: ({ hours }, { at, timezone }) => (hours === undefined ? null : fitsHours(at, hours, timezone)),
  DEAL_STAGE: ({ dealStageIds }, { stageId }) => isAmong(dealStageIds, stageId),
  NO_OPEN_DEAL: ({ noOpenDealIn }, { openDealsIn }) =>
    noOpenDealIn === undefined ? null : !openDealsIn.has(noOpenDealIn),
  CONTACT_TAG: ({ contactTags }, { tags }) => sharesOne(contactTags, tags),
  LABEL: ({ labels: wanted }, { labels }) => sharesOne(wanted, labels),
  OPTED_OUT: ({ optedOut: wanted }, { optedOut }) => (wanted === undefined ? null : wanted === optedOut),
};

/** Looks at every condition that a rule has. */
export function checkConditions(conditions: RuleConditions, facts: Facts): readonly Check[] {
  return CONDITIONS.flatMap((condition) => {
    const passed = TESTS[condition](conditions, facts);
    return passed === null ? [] : [{ condition, passed }];
  });
}

function sharesOne(wanted: readonly string[] | undefined, has: readonly string[]): boolean | null {
  return wanted === undefined ? null : has.some((each) => wanted.includes(each));
}

function isAmong(ids: readonly string[] | undefined, id: string | null): boolean | null {
  return ids === undefined ? null : id !== null && ids.includes(id);
}
