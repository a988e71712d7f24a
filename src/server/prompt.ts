import type { Text } from "../language.ts";

/** What arguments complete from, by the cloud that has it; completions.ts knows how each is read. */
export const completionSources = {
  emr: ["workspaces", "queues", "jobRuns", "failedJobRuns", "kyuubiServices"],
  dli: ["queues", "batches", "failedBatches", "flinkJobs"],
} as const;
export type CompletionSource = (typeof completionSources)[keyof typeof completionSources][number];

/** A prompt as prompts/*.md declares it, without its text. */
export interface Prompt {
  name: string;
  title: Text;
  description: Text;
  arguments: readonly PromptArgument[];
}

export interface PromptArgument {
  name: string;
  description: Text;
  /** Live data, or the values themselves; absent: nothing is offered. */
  complete?: CompletionSource | readonly string[];
}

/** The prompts of one cloud. */
export interface PromptList {
  prompts: readonly Prompt[];
  /** By name, wanted by the first prompts/get only. `{{argument?words}}` stands for the words and the value when it is given, else for nothing. */
  texts(): Promise<Readonly<Record<string, Text>>>;
}
