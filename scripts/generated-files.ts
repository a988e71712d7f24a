import { documentFiles } from "./document-tables.ts";
import { dliRegistryFiles } from "./import-dli-catalogue.ts";
import { emrRegistryFiles } from "./import-emr-catalogue.ts";
import { manifestFiles } from "./packaging/manifests.ts";
import { policyGeneratedFiles } from "./policy-files.ts";
import { promptFiles } from "./prompt-files.ts";

/** Every generated file of the project: path from the package root -> content. */
export function generatedFiles(): Map<string, string> {
  return new Map([
    ...emrRegistryFiles(),
    ...dliRegistryFiles(),
    ...policyGeneratedFiles(),
    ...promptFiles(),
    ...documentFiles(),
    ...manifestFiles(),
  ]);
}
