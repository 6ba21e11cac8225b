import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';
import type { KeywordMatch } from './keywords.js';
import type { AssignMethod, IdleAfter, StepKind, TriggerKind } from './rule.js';

export const TriggerKindEnum: { readonly [K in TriggerKind]: K } = {
  FIRST_MESSAGE: 'FIRST_MESSAGE',
  MESSAGE_MATCHES: 'MESSAGE_MATCHES',
  CONVERSATION_IDLE: 'CONVERSATION_IDLE',
  DEAL_MOVED: 'DEAL_MOVED',
  DEVICE_NEEDS_ATTENTION: 'DEVICE_NEEDS_ATTENTION',
  TAG_ADDED: 'TAG_ADDED',
  CONVERSATION_ASSIGNED: 'CONVERSATION_ASSIGNED',
  WEBHOOK_CALLED: 'WEBHOOK_CALLED',
};
registerEnumType(TriggerKindEnum, {
  name: 'AutomationTriggerKind',
  description: 'What an automation waits for.',
  valuesConfig: {
    FIRST_MESSAGE: { description: 'Somebody writes who never wrote before. Once for each person.' },
    MESSAGE_MATCHES: { description: 'A message contains one of `keywords`, as `match` says.' },
    CONVERSATION_IDLE: { description: 'Nothing was written for `minutes` after what `after` says.' },
    DEAL_MOVED: { description: 'A deal came into another stage: of `pipelineId`, or the one of `stageId`.' },
    DEVICE_NEEDS_ATTENTION: { description: 'A device was logged out, replaced, refused or banned.' },
    TAG_ADDED: { description: 'A contact got the tag `tag`.' },
    CONVERSATION_ASSIGNED: {
      description: 'A conversation was given to somebody: to `assigneeId`, or to `teamId`, or to anybody.',
    },
    WEBHOOK_CALLED: { description: 'Somebody called the URL of the automation.' },
  },
});

export const StepKindEnum: { readonly [K in StepKind]: K } = {
  REPLY: 'REPLY',
  OPEN_DEAL: 'OPEN_DEAL',
  MOVE_DEAL: 'MOVE_DEAL',
  ASSIGN: 'ASSIGN',
  ADD_LABEL: 'ADD_LABEL',
  REMOVE_LABEL: 'REMOVE_LABEL',
  ADD_TAG: 'ADD_TAG',
  REMOVE_TAG: 'REMOVE_TAG',
  CALL_WEBHOOK: 'CALL_WEBHOOK',
  WAIT: 'WAIT',
};
registerEnumType(StepKindEnum, {
  name: 'AutomationStepKind',
  description: 'What an automation can do.',
  valuesConfig: {
    REPLY: { description: 'Writes `text` to the contact.' },
    OPEN_DEAL: { description: 'Opens a deal for the contact in `pipelineId`, unless there is an open one.' },
    MOVE_DEAL: { description: 'Moves the deal, or the open one of the contact, to `stageId`.' },
    ASSIGN: { description: 'Gives the conversation to `assigneeId`, to `teamId`, or to both.' },
    ADD_LABEL: { description: 'Gives the conversation a label.' },
    REMOVE_LABEL: { description: 'Takes a label away from the conversation.' },
    ADD_TAG: { description: 'Gives the contact a tag.' },
    REMOVE_TAG: { description: 'Takes a tag away from the contact.' },
    CALL_WEBHOOK: { description: 'Posts what happened to `url`, signed.' },
    WAIT: { description: 'Goes on after `seconds`.' },
  },
});

export const KeywordMatchEnum: { readonly [K in KeywordMatch]: K } = {
  WORD: 'WORD',
  CONTAINS: 'CONTAINS',
  EXACT: 'EXACT',
};
registerEnumType(KeywordMatchEnum, {
  name: 'KeywordMatch',
  description: 'How a text contains a keyword; case never matters.',
  valuesConfig: {
    WORD: { description: 'As a word of its own.' },
    CONTAINS: { description: 'Anywhere, also within a word.' },
    EXACT: { description: 'It is the whole text.' },
  },
});

export const IdleAfterEnum: { readonly [K in IdleAfter]: K } = {
  INBOUND: 'INBOUND',
  OUTBOUND: 'OUTBOUND',
  ANY: 'ANY',
};
registerEnumType(IdleAfterEnum, {
  name: 'IdleAfter',
  description: 'After what a silence counts; what automations write themselves never does.',
  valuesConfig: {
    INBOUND: { description: 'The contact wrote and nobody answered.' },
    OUTBOUND: { description: 'Somebody wrote to the contact, who did not answer.' },
    ANY: { description: 'Anything was written.' },
  },
});

export const HoursWhenEnum = { INSIDE: 'INSIDE', OUTSIDE: 'OUTSIDE' } as const;
registerEnumType(HoursWhenEnum, {
  name: 'HoursWhen',
  description: 'Which side of the hours.',
  valuesConfig: { INSIDE: { description: 'Within them.' }, OUTSIDE: { description: 'At any other time.' } },
});

export const AssignMethodEnum: { readonly [K in AssignMethod]: K } = {
  ROUND_ROBIN: 'ROUND_ROBIN',
  LEAST_BUSY: 'LEAST_BUSY',
};
registerEnumType(AssignMethodEnum, {
  name: 'AutomationAssignMethod',
  description: 'How an automation chooses somebody.',
  valuesConfig: {
    ROUND_ROBIN: { description: 'Whoever was chosen longest ago.' },
    LEAST_BUSY: { description: 'Whoever has the fewest open conversations.' },
  },
});
