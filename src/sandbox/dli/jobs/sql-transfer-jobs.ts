import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { badParameter, type DliAnswer } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import type { SqlDesk, SqlDraft } from "./sql-desk.ts";
import type { Transfer } from "./sql-documents.ts";
import type { SqlPlan } from "./sql-runner.ts";
import { exportPlan, importPlan, obsLocation, tableInSql } from "./sql-transfer.ts";

export type TransferOperation = "ExportSqlJobResult" | "ExportTable" | "ImportTable";

export function transferHandlers(context: DliContext, desk: SqlDesk): DliHandlers<TransferOperation> {
  function started(draft: SqlDraft, queueName = "default", plan: SqlPlan): DliAnswer {
    const job = desk.start(draft, queueName, plan);
    return "error" in job ? job : { body: { is_success: true, message: "", job_id: job.job.jobId, job_mode: "async" } };
  }

  return {
    async ExportSqlJobResult(input) {
      const result = await desk.resultOf(input.job_id);
      if ("error" in result) return result;
      const { limit_num = 0, data_type = "csv", quote_char, escape_char, encoding_type = "utf-8" } = input;
      if (limit_num < 0) return badParameter("limit_num must not be negative.");
      const located = obsLocation(input.data_path ?? "", context);
      if ("error" in located) return located;
      const transfer: Transfer = { ...exported(input, located.location), ...defined({ quote_char, escape_char }) };
      const ofCsv = { header: transfer.with_column_header, quote: quote_char, escape: escape_char };
      const options = { compression: transfer.compress, encoding: encoding_type, ...(data_type === "csv" && ofCsv) };
      const { statement, database } = result.job;
      const to = { folder: located.location, overwrite: isOverwrite(input), format: data_type, options };
      const plan = exportPlan(desk.withVariables(statement), limit_num, to, context);
      return started({ type: "EXPORT", statement, database, transfer }, input.queue_name, plan);
    },
    ExportTable(input) {
      const { data_type = "csv", database_name = "", table_name = "" } = input;
      if (data_type !== "csv") return badParameter("data_type must be csv.");
      const located = obsLocation(input.data_path ?? "", context);
      if ("error" in located) return located;
      const transfer = { ...exported(input, located.location), database_name, table_name };
      const options = { compression: transfer.compress, header: transfer.with_column_header };
      const statement = `SELECT * FROM ${tableInSql(database_name, table_name)}`;
      const to = { folder: located.location, overwrite: isOverwrite(input), format: "csv", options };
      return started({ type: "EXPORT", statement, transfer }, input.queue_name, exportPlan(statement, 0, to, context));
    },
    ImportTable(input) {
      const { data_type = "csv", database_name = "", table_name = "", conf = [] } = input;
      const located = obsLocation(input.data_path ?? "", context);
      if ("error" in located) return located;
      const { with_column_header, delimiter, quote_char, escape_char, date_format, timestamp_format } = input;
      const details = { with_column_header, delimiter, quote_char, escape_char, date_format, timestamp_format };
      const data_path = located.location;
      const transfer: Transfer = { data_path, data_type, database_name, table_name, ...defined(details) };
      const statement = `LOAD DATA INPATH '${data_path}' INTO TABLE ${tableInSql(database_name, table_name)}`;
      const draft: SqlDraft = { type: "IMPORT", statement, conf, transfer };
      return started(draft, input.queue_name, importPlan(data_path, input));
    },
  };
}

type Exported = Pick<DliRequests["ExportTable"], "data_type" | "compress" | "export_mode" | "with_column_header">;

function exported(input: Exported, data_path: string) {
  const { data_type = "csv", compress = "none", export_mode = "ErrorIfExists", with_column_header = false } = input;
  return { data_path, data_type, compress, export_mode, with_column_header };
}

function isOverwrite({ export_mode }: Exported): boolean {
  return export_mode === "Overwrite";
}

type Defined<T> = { [Each in keyof T]?: Exclude<T[Each], undefined> };

function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}
