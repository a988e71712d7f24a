/**
 * Words people say when they want a tool, or an operation that is always refused, in English and Chinese. The search
 * for operations reads them; tools/list does not carry them, a model knows these words without being told.
 */
export interface Intents {
  readonly en: readonly string[];
  readonly zh: readonly string[];
}

export type IntentsByName = Readonly<Record<string, Intents>>;

/** Of the tools that are the same with every cloud. */
export const sharedIntents: IntentsByName = {
  search_operations: {
    en: [
      "api for",
      "other functions",
      "further features",
      "which call does this",
      "manage Livy gateways, Ray clusters, workflows, templates, packages, groups",
      "possible operation",
      "anything else available",
      "which operations exist",
      "can I manage variables, templates",
    ],
    zh: [
      "有没有接口",
      "还能做什么",
      "还有哪些操作",
      "支持哪些功能",
      "其他功能",
      "相关接口",
      "怎么管理 Livy 网关、Ray 集群、工作流、模板、程序包组",
      "能管理变量吗",
      "支持哪些接口",
    ],
  },
  call_operation: {
    en: ["call the operation by its name", "invoke StartRayCluster", "carry out the API that was found"],
    zh: ["按名称调用操作", "调用这个接口", "执行查到的操作"],
  },
  list_audit_records: {
    en: [
      "who approved or declined a change",
      "history of what the assistant did",
      "approval log",
      "record of approvals",
      "what was done here and by whom",
      "who approved the resize, the scaling or the deletion",
      "who cancelled, deleted, resized, submitted or changed it",
      "which changes were made",
      "who gave permission",
      "what this assistant did today",
    ],
    zh: [
      "谁批准的",
      "谁审批",
      "审批记录",
      "审计记录",
      "助手做过什么",
      "操作历史",
      "谁拒绝了变更",
      "扩容是谁批准的",
      "谁同意的",
      "谁取消的",
      "谁提交的",
      "谁改的",
      "改动记录",
      "谁批的",
      "今天做了什么",
      "谁给的许可",
    ],
  },
};
