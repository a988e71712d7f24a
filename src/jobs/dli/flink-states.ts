import type { Text } from "../../language.ts";
import type { CommonState } from "./states.ts";

/** States of a Flink job as the service writes them (notes section 7), and what they come to. */

export type FlinkPhase = CommonState | "draft";

interface FlinkState {
  readonly phase: FlinkPhase;
  readonly meaning: Text;
}

const states: Readonly<Record<string, FlinkState>> = {
  job_init: { phase: "draft", meaning: { en: "saved and not started", zh: "已保存，未启动" } },
  job_submitting: { phase: "queued", meaning: { en: "being submitted", zh: "提交中" } },
  job_downloading: { phase: "queued", meaning: { en: "its files are being fetched", zh: "正在下载文件" } },
  job_submit_fail: { phase: "failed", meaning: { en: "its submission failed", zh: "提交失败" } },
  job_running: { phase: "running", meaning: { en: "runs and is billed", zh: "运行中，正在计费" } },
  job_running_exception: {
    phase: "running",
    meaning: { en: "has thrown an exception and still holds its CUs", zh: "运行异常，仍占用 CU" },
  },
  job_idle: { phase: "running", meaning: { en: "idle, and still holds its CUs", zh: "空闲，仍占用 CU" } },
  job_savepointing: { phase: "running", meaning: { en: "a savepoint is being made", zh: "正在创建保存点" } },
  job_canceling: { phase: "running", meaning: { en: "being stopped", zh: "停止中" } },
  // Nothing says that it has ended.
  job_cancel_fail: {
    phase: "running",
    meaning: { en: "stopping it failed; it may still run", zh: "停止失败，可能仍在运行" },
  },
  job_cancel_success: { phase: "cancelled", meaning: { en: "stopped", zh: "已停止" } },
  // Nobody asked for it.
  job_arrearage_stopped: {
    phase: "failed",
    meaning: { en: "stopped by the service because of unpaid bills", zh: "因欠费被停止" },
  },
  job_arrearage_recovering: {
    phase: "queued",
    meaning: { en: "coming back after unpaid bills were settled", zh: "欠费结清，恢复中" },
  },
  job_finish: { phase: "succeeded", meaning: { en: "came to its end by itself", zh: "已完成" } },
};

export const flinkStateNames: readonly string[] = Object.keys(states);

export function phaseOfFlinkJob(state: string | undefined): FlinkPhase {
  return find(state)?.phase ?? "unknown";
}

export function meaningOfFlinkState(state: string | undefined): Text {
  return find(state)?.meaning ?? { en: "unknown to this server", zh: "未知状态" };
}

/** It holds no CUs and can be run, edited in full and deleted. */
export function isFlinkJobStopped(state: string | undefined): boolean {
  const phase = phaseOfFlinkJob(state);
  return phase !== "queued" && phase !== "running" && phase !== "unknown";
}

function find(state: string | undefined): FlinkState | undefined {
  const key = state?.trim().toLowerCase() ?? "";
  return Object.hasOwn(states, key) ? states[key] : undefined;
}
