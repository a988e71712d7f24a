import type { Problem } from "../problem.ts";
import type { SparkBatch } from "./spark-batch.ts";

/** Which Spark runs the batch, and as whom. */
export function checkEngine({ feature, image, spark_version, execution_agency_urn }: SparkBatch): Problem[] {
  const problems: Problem[] = [];
  if (feature === "custom" && image === undefined) {
    problems.push({
      code: "IMAGE_MISSING",
      field: "image",
      sentence: {
        en: "feature custom runs an image of your own, and image does not say which.",
        zh: "feature 为 custom 时需要用 image 指定自定义镜像。",
      },
      allowed: imageForm,
      example: imageExample,
    });
  }
  if (image !== undefined && feature !== "custom") {
    problems.push({
      code: "IMAGE_WITHOUT_CUSTOM",
      field: "image",
      sentence: {
        en: "image is heeded only with feature custom; with another the batch would run on an image of DLI's.",
        zh: "image 仅在 feature 为 custom 时生效；否则作业会使用 DLI 自带镜像。",
      },
      allowed: "feature custom beside it, or no image",
      example: imageExample,
    });
  } else if (image !== undefined && !/^[a-z0-9][\w.-]*\/[a-z0-9][\w./-]*:[\w.-]+$/.test(image)) {
    problems.push({
      code: "IMAGE_INVALID",
      field: "image",
      sentence: { en: `image is not of the form ${imageForm}.`, zh: `image 的格式不是 ${imageForm}。` },
      allowed: imageForm,
      example: imageExample,
    });
  }
  if (spark_version !== undefined && feature === "custom") {
    problems.push({
      code: "VERSION_WITH_CUSTOM",
      field: "spark_version",
      sentence: {
        en: "spark_version chooses among DLI's own images (feature basic or ai); a custom image brings its own Spark.",
        zh: "spark_version 只用于 DLI 自带镜像（feature 为 basic 或 ai）；自定义镜像自带 Spark。",
      },
      allowed: "no spark_version with feature custom",
    });
  }
  if (execution_agency_urn !== undefined && !/^[\w-]{1,64}$/.test(execution_agency_urn)) {
    problems.push({
      code: "AGENCY_INVALID",
      field: "execution_agency_urn",
      sentence: {
        en: "execution_agency_urn takes the name of an agency, whatever it is called; this is no name.",
        zh: "execution_agency_urn 需填写委托名称（而非 URN）。",
      },
      allowed: "1 to 64 letters, digits, _ or -",
      example: "dli_job_agency",
    });
  }
  return problems;
}

const imageForm = "organisation/name:tag";
const imageExample = "myorg/spark-general:v1";

export function engineWarnings(batch: SparkBatch): Problem[] {
  if (batch.execution_agency_urn !== undefined || !needsAgency(batch.spark_version)) return [];
  return [
    {
      code: "AGENCY_MISSING",
      field: "execution_agency_urn",
      sentence: {
        en: "Spark 3.3.1 and later reads OBS and other services with an agency; without execution_agency_urn it may be denied.",
        zh: "Spark 3.3.1 及以上版本通过委托访问 OBS 等服务；未指定 execution_agency_urn 时可能被拒绝。",
      },
    },
  ];
}

/** Spark 3.3.1 and later (notes 5). */
export function needsAgency(version: string | undefined): boolean {
  const parts = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version ?? "");
  if (!parts) return false;
  const [major, minor, patch] = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)];
  return major > 3 || (major === 3 && (minor > 3 || (minor === 3 && patch >= 1)));
}
