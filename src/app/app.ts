import type { Config } from '../config/config.js';
import type { Supervisor } from '../modules/device/index.js';
import { ApiServer } from './api-server.js';
import { openInfrastructure, type Infrastructure, type InfrastructureOptions } from './infrastructure.js';
import { observeProcess } from './metrics/gauges.js';
import { MetricsServer } from './metrics/metrics-server.js';
import { ProcessMetrics } from './metrics/process-metrics.js';
import { watchParts } from './metrics/watch-parts.js';
import { createServices, type Services } from './services.js';
import { createSupervisor, type SessionsOptions } from './sessions.js';
import { tidyUp } from './tidy-up.js';
import { Worker } from './worker.js';

/** A stop that takes longer is given up: whoever asked for it is about to kill the process. */
const STOP_LIMIT_MS = 25_000;

export interface AppOptions extends Omit<InfrastructureOptions, 'attach'>, SessionsOptions {}

/** A running process with the roles of its configuration. */
export interface App {
  /** `http://host:port` that it listens on. */
  readonly url: string;
  /** Where its metrics are, when it has a port for them. */
  readonly metricsUrl: string | null;
  readonly services: Services;
  readonly infrastructure: Infrastructure;
  /** In order: no new work, sessions closed without logging out, sockets closed, then the machines below. Never rejects. */
  stop(): Promise<void>;
}

export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  const infrastructure = await openInfrastructure(config, options);
  try {
    return await startRoles(infrastructure, options);
  } catch (error) {
    await infrastructure[Symbol.asyncDispose]();
    throw error;
  }
}

async function startRoles(infrastructure: Infrastructure, options: AppOptions): Promise<App> {
  const { config, logger } = infrastructure;
  // Asked for only when a link is made, long after the port is known.
  const services: Services = createServices(infrastructure, () => config.http.publicUrl ?? server.url);
  const roles = new Set(config.roles);
  const metrics = config.metrics === null ? null : new ProcessMetrics();
  if (metrics !== null) watchParts({ eventFeed: services.eventFeed }, metrics);
  const worker = roles.has('worker') ? new Worker(infrastructure, services) : null;
  const supervisor = roles.has('sessions')
    ? createSupervisor(infrastructure, services, options, metrics)
    : null;
  const server = await ApiServer.start(infrastructure, services, { api: roles.has('api'), supervisor });
  const metricsServer = await startMetrics(infrastructure, metrics, { server, supervisor });
  // Before the worker, which has a schedule to write for each of its jobs: devices are what people wait for.
  supervisor?.start();
  if (supervisor !== null) {
    services.waker.deliverHere((device, job) => supervisor.wake(device, job));
  }
  await worker?.start();
  const stopped = new AbortController();
  void tidyUp(infrastructure, services, stopped.signal);
  logger.info({ url: server.url, roles: config.roles }, 'started');
  let stopping: Promise<void> | null = null;
  return {
    url: server.url,
    metricsUrl: metricsServer?.url ?? null,
    services,
    infrastructure,
    stop: () =>
      (stopping ??= stopWithin(
        () => stopInOrder({ server, metricsServer, worker, supervisor, services, infrastructure, stopped }),
        infrastructure,
      )),
  };
}

async function startMetrics(
  infrastructure: Infrastructure,
  metrics: ProcessMetrics | null,
  parts: { readonly server: ApiServer; readonly supervisor: Supervisor | null },
): Promise<MetricsServer | null> {
  const { config, logger } = infrastructure;
  if (metrics === null || config.metrics === null) return null;
  observeProcess(metrics, infrastructure, parts);
  return MetricsServer.start(metrics, config.metrics, logger);
}

interface Parts {
  readonly server: ApiServer;
  readonly metricsServer: MetricsServer | null;
  readonly worker: Worker | null;
  readonly supervisor: Supervisor | null;
  readonly services: Services;
  readonly infrastructure: Infrastructure;
  readonly stopped: AbortController;
}

async function stopInOrder(parts: Parts): Promise<void> {
  const { server, metricsServer, worker, supervisor, services, infrastructure, stopped } = parts;
  stopped.abort();
  server.refuseNewWork();
  await Promise.all([worker?.stop(), supervisor?.stop()]);
  await server.stop();
  await metricsServer?.stop();
  services.revocations.close();
  await services.tokenUsage.settle();
  await services.outboundHttp.close();
  await infrastructure[Symbol.asyncDispose]();
}

async function stopWithin(stop: () => Promise<void>, { logger }: Infrastructure): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not stopped within ${STOP_LIMIT_MS} ms`)), STOP_LIMIT_MS);
  });
  try {
    await Promise.race([stop(), limit]);
    logger.info('stopped');
  } catch (error) {
    logger.error({ err: error }, 'the stop was not clean');
  } finally {
    clearTimeout(timer);
  }
}
