/** spark-submit as the service takes it: parsing, building, showing, checking. */
export { buildSparkSubmitParameters, type SparkSubmitInput } from "./submit/build.ts";
export { type ConfProblem, problemsOfParameters, problemsOfSparkConf } from "./submit/conf-problems.ts";
export { buildJobDriver, type JobDescription, type JobDriver } from "./submit/driver.ts";
export { checkInlineSql } from "./submit/inline-sql.ts";
export { effectiveConf, type ParsedParameters, parseSparkSubmitParameters } from "./submit/parse.ts";
export { type RenderInput, renderSparkSubmit } from "./submit/render.ts";
