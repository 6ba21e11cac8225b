import type { NewAutomation } from '../automation.input.js';

/** Rules that are ready to be used. */
export const AUTOMATION_TEMPLATES = ['LEAD_TO_DEAL'] as const;
export type AutomationTemplate = (typeof AUTOMATION_TEMPLATES)[number];

type Draft = Omit<NewAutomation, 'subaccountId'>;

/** What a template becomes with a pipeline of the subaccount. */
export const TEMPLATES: Readonly<Record<AutomationTemplate, (pipelineId: string) => Draft>> = {
  LEAD_TO_DEAL: (pipelineId) => ({
    name: 'A lead writes: a deal opens',
    trigger: { kind: 'FIRST_MESSAGE' },
    steps: [{ kind: 'OPEN_DEAL', pipelineId, title: '{{contact.name}}' }],
  }),
};
