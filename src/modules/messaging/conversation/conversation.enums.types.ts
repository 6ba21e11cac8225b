import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

export const ConversationKindEnum = { DIRECT: 'DIRECT', GROUP: 'GROUP' } as const;
registerEnumType(ConversationKindEnum, {
  name: 'ConversationKind',
  description: 'Who takes part in a conversation.',
  valuesConfig: {
    DIRECT: { description: 'One person.' },
    GROUP: { description: 'A group; its messages are shown, nothing can be sent to it.' },
  },
});

export const ConversationStatusEnum = {
  OPEN: 'OPEN',
  PENDING: 'PENDING',
  SNOOZED: 'SNOOZED',
  CLOSED: 'CLOSED',
} as const;
registerEnumType(ConversationStatusEnum, {
  name: 'ConversationStatus',
  description: 'Whether somebody still works on a conversation.',
  valuesConfig: {
    OPEN: { description: 'Somebody has to do something.' },
    PENDING: { description: 'Set aside: somebody or something else acts first. A new message leaves it so.' },
    SNOOZED: { description: 'Out of sight until a time, or until a new message comes: then it is open.' },
    CLOSED: { description: 'It is done; a new message opens it again.' },
  },
});

export const AssignedEnum = { ME: 'ME', SOMEBODY: 'SOMEBODY', NOBODY: 'NOBODY' } as const;
registerEnumType(AssignedEnum, {
  name: 'Assigned',
  description: 'Whether somebody looks after a conversation.',
  valuesConfig: {
    ME: { description: 'The user who asks.' },
    SOMEBODY: { description: 'Any user.' },
    NOBODY: { description: 'No user yet.' },
  },
});

export const ConversationChangeEnum = {
  STATUS: 'STATUS',
  ASSIGNEE: 'ASSIGNEE',
  TEAM: 'TEAM',
  LABELS: 'LABELS',
  MERGED: 'MERGED',
} as const;
registerEnumType(ConversationChangeEnum, {
  name: 'ConversationChange',
  description: 'What became different about a conversation.',
  valuesConfig: {
    STATUS: { description: 'Its status, or until when it is snoozed.' },
    ASSIGNEE: { description: 'Who looks after it.' },
    TEAM: { description: 'Which team looks after it.' },
    LABELS: { description: 'Its labels.' },
    MERGED: { description: 'Another conversation with the same person became part of it.' },
  },
});
