/** Who wrote a message: a person, or a program that a person wrote for this one; or a rule that nobody looks at. */
export const MESSAGE_ORIGINS = ['PERSON', 'AUTOMATION'] as const;
export type MessageOrigin = (typeof MESSAGE_ORIGINS)[number];
