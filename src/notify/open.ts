import { readWebhooks } from "./config.ts";
import { createNotifier, type Notifier, type NotifierParts } from "./notifier.ts";

export interface OpenNotifier extends Omit<NotifierParts, "webhooks"> {
  /** Folder of the settings. */
  folder: string;
  environment: NodeJS.ProcessEnv;
  language: NotifierParts["webhooks"][number]["language"];
}

/** The notifier that webhooks.yaml describes. Without one that can be used there is none, and nothing else is different. */
export function openNotifier({ folder, environment, language, ...parts }: OpenNotifier): Notifier | undefined {
  try {
    const read = readWebhooks({ folder, environment, language });
    if (read.kind === "none") return undefined;
    if (read.kind === "unusable") {
      parts.warn(`webhooks are off: ${read.file}: ${read.problems.slice(0, 3).join("; ")}`);
      return undefined;
    }
    return read.webhooks.length === 0 ? undefined : createNotifier({ ...parts, webhooks: read.webhooks });
  } catch (error) {
    parts.warn(`webhooks are off: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
