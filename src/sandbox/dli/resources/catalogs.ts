import { missingObject, objectExists } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { collection } from "./documents.ts";
import { answer, byText, pageOf } from "./shared.ts";

interface Catalog {
  name: string;
  parameters: Readonly<Record<string, string>>;
  description: string;
  createTime: number;
  readyAt: number;
}

export const catalogHandlers: DliHandlers<"DliListCatalogs" | "ShowCatalog" | "RunCatalogAction"> = {
  DliListCatalogs(input, context) {
    const found = catalogs(context)
      .all()
      .sort(byText((catalog) => catalog.name));
    return answer("DliListCatalogs", {
      is_success: true,
      total_count: found.length,
      catalogs: pageOf(found, input).map((catalog) => describe(catalog, context)),
    });
  },

  ShowCatalog(input, context) {
    const catalog = catalogs(context).get(input.catalog_name);
    if (!catalog) return missingCatalog(input.catalog_name);
    return answer("ShowCatalog", { is_success: true, ...describe(catalog, context) });
  },

  RunCatalogAction(input, context) {
    const { name = "", action, parameters = {}, description = "" } = input;
    const known = catalogs(context).get(name);
    if (action === "unbind") {
      if (!known) return missingCatalog(name);
      catalogs(context).delete(name);
      return answer("RunCatalogAction", { message: "" });
    }
    if (known) return objectExists(`The catalog ${name} already exists.`);
    const texts = Object.entries(parameters).map(([key, value]) => [key, String(value)] as const);
    const createTime = context.now();
    catalogs(context).put({
      name,
      parameters: Object.fromEntries(texts),
      description,
      createTime,
      readyAt: createTime + context.timings.connectionReadyMs,
    });
    return answer("RunCatalogAction", { message: "" });
  },
};

function describe(catalog: Catalog, context: DliContext) {
  return {
    name: catalog.name,
    create_time: catalog.createTime,
    parameters: catalog.parameters,
    description: catalog.description,
    status: context.now() < catalog.readyAt ? ("CREATING" as const) : ("ACTIVE" as const),
  };
}

function catalogs(context: DliContext) {
  return collection<Catalog>(context.store, "dliCatalog", (catalog) => catalog.name);
}

function missingCatalog(name: string) {
  return missingObject(`The catalog ${name} does not exist.`);
}
