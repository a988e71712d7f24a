import type { FlinkSize } from "../../flink-engine.ts";
import type { FlinkDefinition, ResourceSpec } from "./documents.ts";
import type { RuntimeConfig } from "./runtime-config.ts";

/** CUs, task managers and slots of a job (section 7 of the API notes). 1 CU = 1 core and 4 GB. */

export interface Sizing {
  manager: { cpu: number; memoryGb: number };
  worker: { cpu: number; memoryGb: number };
  taskManagers: number;
  slotsPerTaskManager: number;
  parallelism: number;
}

export const definedCu = (definition: FlinkDefinition) => definition.cu_number ?? 2;

export function sizingOf(definition: FlinkDefinition, config: RuntimeConfig): Sizing | { problem: string } {
  const sizing = definition.resource_config_version === "v2" ? sizingV2(definition) : sizingV1(definition);
  return "problem" in sizing ? sizing : overridden(sizing, config);
}

export function cuOf(sizing: Sizing, taskManagers = sizing.taskManagers): number {
  const cpu = sizing.manager.cpu + taskManagers * sizing.worker.cpu;
  const memory = sizing.manager.memoryGb + taskManagers * sizing.worker.memoryGb;
  return Math.max(cpu, memory / 4);
}

/** With as many task managers as configured the parallelism is the configured one, otherwise every slot is used. */
export function sizeWith(sizing: Sizing, taskManagers: number): FlinkSize {
  const { slotsPerTaskManager } = sizing;
  const parallelism =
    taskManagers === sizing.taskManagers ? sizing.parallelism : Math.max(1, taskManagers * slotsPerTaskManager);
  return { parallelism, taskManagers, slotsPerTaskManager };
}

function sizingV1(definition: FlinkDefinition): Sizing | { problem: string } {
  const cu = definedCu(definition);
  const { manager_cu_number: managerCu = 1, parallel_number: parallelism = 1, tm_cus: workerCu = 1 } = definition;
  const workersCu = cu - managerCu;
  if (managerCu < 1 || workerCu < 1) return { problem: "manager_cu_number and tm_cus must be at least 1." };
  if (workersCu < workerCu) {
    return {
      problem: `cu_number ${cu} leaves no TaskManager of ${workerCu} CUs beside manager_cu_number ${managerCu}.`,
    };
  }
  const slots = definition.tm_slot_num;
  // Where the division leaves a rest, one more: the slots are counted with the rest, too.
  const taskManagers = slots === undefined ? Math.ceil(workersCu / workerCu) : Math.ceil(parallelism / slots);
  return {
    manager: { cpu: managerCu, memoryGb: managerCu * 4 },
    worker: { cpu: workerCu, memoryGb: workerCu * 4 },
    taskManagers,
    slotsPerTaskManager: slots ?? Math.ceil((parallelism * workerCu) / workersCu),
    parallelism,
  };
}

function sizingV2(definition: FlinkDefinition): Sizing | { problem: string } {
  const { resource_config: config = {} } = definition;
  const { max_slot: slots = 1, parallel_number: parallelism = 1 } = config;
  if (slots < 1) return { problem: "resource_config.max_slot must be at least 1." };
  const manager = specOf(config.jobmanager_resource_spec, "jobmanager_resource_spec");
  if ("problem" in manager) return manager;
  const worker = specOf(config.taskmanager_resource_spec, "taskmanager_resource_spec");
  if ("problem" in worker) return worker;
  return { manager, worker, taskManagers: Math.ceil(parallelism / slots), slotsPerTaskManager: slots, parallelism };
}

function specOf(spec: ResourceSpec = {}, name: string): { cpu: number; memoryGb: number } | { problem: string } {
  return unit(spec.cpu ?? 1, spec.memory ?? "4GB", `resource_config.${name}`);
}

function unit(cpu: number, memory: string, name: string): { cpu: number; memoryGb: number } | { problem: string } {
  const memoryGb = gigabytes(memory);
  if (!(cpu >= 0.5)) return { problem: `${name}: at least 0.5 core.` };
  if (memoryGb === undefined) return { problem: `${name}: memory is a number with MB or GB.` };
  return memoryGb >= 2 ? { cpu, memoryGb } : { problem: `${name}: at least 2 GB of memory.` };
}

/** The unit is GB when missing. */
function gigabytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(m|mb|g|gb)?$/i.exec(text.trim());
  if (match?.[1] === undefined) return undefined;
  return Number(match[1]) / (match[2]?.toLowerCase().startsWith("m") ? 1024 : 1);
}

/** runtime_config wins over the resource fields. */
function overridden(sizing: Sizing, config: RuntimeConfig): Sizing | { problem: string } {
  const change = (own: Sizing["manager"], name: "jobmanager" | "taskmanager") => {
    const [cpu, memory] = [config[`kubernetes.${name}.cpu`], config[`${name}.memory.process.size`]];
    return unit(cpu === undefined ? own.cpu : Number(cpu), memory ?? `${own.memoryGb}GB`, `runtime_config, ${name}`);
  };
  const manager = change(sizing.manager, "jobmanager");
  if ("problem" in manager) return manager;
  const worker = change(sizing.worker, "taskmanager");
  return "problem" in worker ? worker : { ...sizing, manager, worker };
}
