import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { missingObject, objectExists } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { collection } from "./documents.ts";
import { answer, byText, pageOf, succeeded } from "./shared.ts";

/** Credentials of data sources by name. What is secret in them is not kept: no job here opens such a source. */
interface AuthInfo {
  auth_info_name: string;
  datasource_type: NonNullable<DliRequests["CreateJobAuthInfo"]["datasource_type"]>;
  user_name?: string;
  certificate_location?: string;
  krb5_conf?: string;
  keytab?: string;
  truststore_location?: string;
  keystore_location?: string;
  owner: string;
  create_time: number;
  update_time: number;
}

export const authInfoHandlers: DliHandlers<
  "ListJobAuthInfos" | "CreateJobAuthInfo" | "UpdateJobAuthInfo" | "DeleteJobAuthInfo"
> = {
  ListJobAuthInfos(input, context) {
    const found = authInfos(context)
      .all()
      .filter((info) => !input.auth_info_name || info.auth_info_name === input.auth_info_name)
      .sort(byText((info) => info.auth_info_name));
    return answer("ListJobAuthInfos", {
      is_success: true,
      message: "",
      count: found.length,
      auth_infos: pageOf(found, input),
    });
  },

  CreateJobAuthInfo(input, context) {
    const name = input.auth_info_name ?? "";
    if (authInfos(context).get(name)) return objectExists(`The authentication ${name} already exists.`);
    authInfos(context).put({
      auth_info_name: name,
      datasource_type: input.datasource_type ?? "passwd",
      ...openPart(input),
      ...(input.certificate_location === undefined ? {} : { certificate_location: input.certificate_location }),
      owner: context.userName,
      create_time: context.now(),
      update_time: context.now(),
    });
    return succeeded;
  },

  UpdateJobAuthInfo(input, context) {
    const info = authInfos(context).get(input.auth_info_name ?? "");
    if (!info) return missingAuthInfo(input.auth_info_name ?? "");
    authInfos(context).put({ ...info, ...openPart(input), update_time: context.now() });
    return succeeded;
  },

  DeleteJobAuthInfo(input, context) {
    if (!authInfos(context).get(input.auth_info_name)) return missingAuthInfo(input.auth_info_name);
    authInfos(context).delete(input.auth_info_name);
    return succeeded;
  },
};

const openFields = ["user_name", "krb5_conf", "keytab", "truststore_location", "keystore_location"] as const;

function openPart(input: DliRequests["UpdateJobAuthInfo"]): Partial<Record<(typeof openFields)[number], string>> {
  return Object.fromEntries(openFields.flatMap((field) => (input[field] === undefined ? [] : [[field, input[field]]])));
}

function authInfos(context: DliContext) {
  return collection<AuthInfo>(context.store, "dliAuthInfo", (info) => info.auth_info_name);
}

function missingAuthInfo(name: string) {
  return missingObject(`The authentication ${name} does not exist.`);
}
