import type { Text } from "../policy/types.ts";

/** A prompt as prompts/*.md declares it. */
export interface Prompt {
  name: string;
  title: Text;
  description: Text;
  arguments: ReadonlyArray<{ name: string; description: Text }>;
  /** `{{argument?words before it}}` stands for the words and the value when it is given, else for nothing. */
  text: Text;
}
