import {
  AutomationJobs,
  AutomationReader,
  AutomationRunReader,
  AutomationSecrets,
  AutomationService,
  AutomationTemplateService,
  assignEffect,
  Caller,
  HookLinks,
  HookService,
  IdleWatches,
  labelEffect,
  moveDealEffect,
  openDealEffect,
  Planner,
  replyEffect,
  RunLedger,
  Runner,
  RunQueue,
  tagEffect,
  TrialService,
  AutomationResolver,
  AutomationRunResolver,
  AutomationRunsResolver,
  SubaccountAutomationRunsResolver,
  SubaccountAutomationsResolver,
  TrialResolver,
} from '../modules/automation/index.js';
import type { ContactDirectory } from '../modules/contact/index.js';
import { Assigner } from '../modules/inbox/index.js';
import type { PipelineService } from '../modules/pipeline/index.js';
import { StreamNews } from '../platform/events/stream-news.js';
import type { OutboundHttp } from '../platform/outbound/outbound-http.js';
import type { Infrastructure } from './infrastructure.js';
import type { Services } from './services.js';

/** Calls of one URL of a rule. */
const HOOK_CALLS = { keyPrefix: 'automation:hook', points: 120, duration: 60 };

interface Used {
  readonly outboundHttp: OutboundHttp;
  readonly pipelines: PipelineService;
  readonly contactDirectory: ContactDirectory;
}

/** What the API uses of automation. */
export function createAutomation(
  { database, clock, masterKey, broker }: Infrastructure,
  { outboundHttp, pipelines, contactDirectory: contacts }: Used,
  publicUrl: () => string,
) {
  const links = new HookLinks({ masterKey, publicUrl });
  const automations = new AutomationService({ database, clock, outboundHttp });
  return {
    automations,
    automationTemplates: new AutomationTemplateService({ database, automations, pipelines }),
    automationRuns: new AutomationRunReader({ database }),
    automationSecrets: new AutomationSecrets({ masterKey, links }),
    automationHooks: new HookService({ database, links, contacts, limiter: broker.rateLimiter(HOOK_CALLS) }),
    automationTrials: new TrialService({ database, clock }),
  };
}

/** What a worker does for automation: reading the event log, and taking runs on. */
export function createAutomationWork(
  { database, clock, hints, logger, queues }: Infrastructure,
  { messages, deals, conversations, contacts, outboundHttp, automationSecrets: secrets }: Services,
): { readonly news: StreamNews; readonly jobs: AutomationJobs } {
  const queue = new RunQueue(queues);
  const planner = new Planner(clock);
  const watches = new IdleWatches({ database, clock, planner, queue });
  const reader = new AutomationReader({ database, clock, planner, watches, queue });
  const ledger = new RunLedger({ clock, random: Math.random });
  const effects = {
    REPLY: replyEffect(messages),
    OPEN_DEAL: openDealEffect(deals),
    MOVE_DEAL: moveDealEffect(deals),
    ASSIGN: assignEffect(conversations, new Assigner({ conversations, clock })),
    ADD_LABEL: labelEffect((ctx, id, label) => conversations.addLabel(ctx, id, label)),
    REMOVE_LABEL: labelEffect((ctx, id, label) => conversations.removeLabel(ctx, id, label)),
    ADD_TAG: tagEffect((ctx, id, tag) => contacts.addTag(ctx, id, tag)),
    REMOVE_TAG: tagEffect((ctx, id, tag) => contacts.removeTag(ctx, id, tag)),
  };
  const runner = new Runner({ database, clock, effects, ledger, queue, logger });
  const caller = new Caller({ database, clock, outboundHttp, secrets, ledger, queue });
  return {
    news: new StreamNews({ name: 'automation', database, clock, hints, reader, logger }),
    jobs: new AutomationJobs({ database, clock, queue, runner, caller, watches, logger }),
  };
}

export const AUTOMATION_RESOLVERS = [
  AutomationResolver,
  AutomationRunResolver,
  AutomationRunsResolver,
  SubaccountAutomationRunsResolver,
  SubaccountAutomationsResolver,
  TrialResolver,
] as const;

/** Its part of the API. */
export function createAutomationResolvers(services: Services): readonly object[] {
  const { automations, automationTemplates, automationSecrets, automationRuns } = services;
  return [
    new AutomationResolver(automations, automationTemplates, automationSecrets),
    new TrialResolver(services.automationTrials),
    new AutomationRunResolver(automationRuns),
    new AutomationRunsResolver(automationRuns),
    new SubaccountAutomationRunsResolver(automationRuns),
    new SubaccountAutomationsResolver(automations),
  ];
}
