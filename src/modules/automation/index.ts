/**
 * Owns automation: rules of a subaccount, and what they did. Fed by the event log alone. Promises: a rule runs once for an event, however
 * often that is read; what a step does and that it is done are one transaction; a pause survives everything; rules that lead to each
 * other come to an end; nobody is answered whose message arrived late; the log says what was done, and why something was not.
 */
export { Automation } from './automation.entity.js';
export { automationErrors } from './automation.errors.js';
export { AUTOMATION_SCHEDULES, AutomationJobs } from './automation.jobs.js';
export { AutomationMerge } from './automation.merge.js';
export { AutomationResolver, SubaccountAutomationsResolver } from './automation.resolver.js';
export { AutomationSecrets } from './automation.secrets.js';
export { AutomationService } from './automation.service.js';
export { AutomationTemplateService } from './automation.template.js';
export { AutomationReader } from './feed/automation-reader.js';
export { HookLinks } from './hook/hook-links.js';
export { HookService } from './hook/hook.service.js';
export { IdleWatches } from './feed/idle-watches.js';
export { Planner } from './feed/planner.js';
export { AutomationWatch } from './feed/watch.entity.js';
export { Caller } from './run/caller.js';
export { assignEffect, labelEffect, tagEffect } from './run/work.effects.js';
export { TrialResolver } from './trial/trial.resolver.js';
export { TrialService } from './trial/trial.service.js';
export { moveDealEffect, openDealEffect } from './run/deal.effects.js';
export { replyEffect } from './run/reply.effect.js';
export { RunLedger } from './run/run-ledger.js';
export { AutomationRunStep } from './run/run-step.entity.js';
export { AutomationRun } from './run/run.entity.js';
export { RunQueue } from './run/run.queue.js';
export { AutomationRunReader } from './run/run.reader.js';
export {
  AutomationRunResolver,
  AutomationRunsResolver,
  SubaccountAutomationRunsResolver,
} from './run/run.resolver.js';
export { Runner } from './run/runner.js';
