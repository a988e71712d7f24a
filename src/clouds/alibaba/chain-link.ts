import { createRequire } from "node:module";

const loadCommonJs = createRequire(import.meta.url);

/**
 * Which link of the official chain gave the credentials, for example `default/cli_profile/static_ak`; nothing of them
 * leaves here. Undefined when the chain does not say.
 */
export async function chainLink(): Promise<string | undefined> {
  try {
    const { default: Credential }: typeof import("@alicloud/credentials") = loadCommonJs("@alicloud/credentials");
    const { providerName } = await new Credential().getCredential();
    return providerName !== undefined && /^[\w/-]{1,100}$/.test(providerName) ? providerName : undefined;
  } catch {
    return undefined;
  }
}
