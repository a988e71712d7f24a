/** The settings a registry or a bundle asks a person for; docs/configuration.md has them all. None is required. */
export interface Setting {
  readonly variable: string;
  readonly title: string;
  readonly description: string;
  readonly secret?: true;
  readonly choices?: readonly string[];
  readonly default?: string;
}

export const settings: readonly Setting[] = [
  {
    variable: "SPARK_WORKSPACE_CLOUD",
    title: "Cloud",
    description: "emr (Alibaba Cloud) or dli (Huawei Cloud); empty: the one there are credentials of, else a sandbox",
    choices: ["emr", "dli"],
  },
  {
    variable: "SPARK_WORKSPACE_MODE",
    title: "Mode",
    description: "full, or read-only to start by looking",
    choices: ["full", "read-only"],
    default: "full",
  },
  {
    variable: "ALIBABA_CLOUD_ACCESS_KEY_ID",
    title: "Alibaba Cloud AccessKey ID",
    description: "for EMR Serverless Spark; empty: no account of Alibaba Cloud",
    secret: true,
  },
  {
    variable: "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    title: "Alibaba Cloud AccessKey secret",
    description: "of that AccessKey",
    secret: true,
  },
  {
    variable: "ALIBABA_CLOUD_REGION_ID",
    title: "Alibaba Cloud region",
    description: "where the workspaces are",
    default: "cn-hangzhou",
  },
  {
    variable: "HUAWEICLOUD_SDK_AK",
    title: "Huawei Cloud access key",
    description: "for DLI; empty: no account of Huawei Cloud",
    secret: true,
  },
  {
    variable: "HUAWEICLOUD_SDK_SK",
    title: "Huawei Cloud secret key",
    description: "of that access key",
    secret: true,
  },
  {
    variable: "HW_REGION_NAME",
    title: "Huawei Cloud region",
    description: "where the queues are",
    default: "cn-north-4",
  },
];
