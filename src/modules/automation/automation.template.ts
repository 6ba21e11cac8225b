import type { Context } from '../../kernel/context.js';
import type { Database } from '../../platform/database/database.js';
import type { PipelineService } from '../pipeline/index.js';
import type { Automation } from './automation.entity.js';
import type { AutomationService } from './automation.service.js';
import { TEMPLATES } from './rule/templates.js';
import type { AutomationTemplate } from './rule/templates.js';

interface TemplateRequest {
  readonly subaccountId: string;
  readonly template: AutomationTemplate;
  readonly pipelineId: string | null;
}

/** Makes rules that are ready to be used, with what they need. */
export class AutomationTemplateService {
  readonly #database: Database;
  readonly #automations: Pick<AutomationService, 'create'>;
  readonly #pipelines: Pick<PipelineService, 'list' | 'create'>;

  constructor(options: {
    readonly database: Database;
    readonly automations: Pick<AutomationService, 'create'>;
    readonly pipelines: Pick<PipelineService, 'list' | 'create'>;
  }) {
    this.#database = options.database;
    this.#automations = options.automations;
    this.#pipelines = options.pipelines;
  }

  create(ctx: Context, { subaccountId, template, pipelineId }: TemplateRequest): Promise<Automation> {
    return this.#database.compose(ctx, async (_tx, inside) => {
      const id = pipelineId ?? (await this.#somePipeline(inside, subaccountId));
      return this.#automations.create(inside, { subaccountId, ...TEMPLATES[template](id) });
    });
  }

  async #somePipeline(ctx: Context, subaccountId: string): Promise<string> {
    const { items } = await this.#pipelines.list(ctx, subaccountId, { first: 1 });
    const [oldest] = items;
    if (oldest !== undefined) return oldest.node.id;
    ctx.require('pipeline:create');
    return (await this.#pipelines.create(ctx, { subaccountId })).id;
  }
}
