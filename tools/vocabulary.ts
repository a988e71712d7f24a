/**
 * Other words for those that names of tools and operations are made of. With them a name is found by people who do not
 * know it, and in Chinese by people who do not read it.
 */
const verbs: Readonly<Record<string, string>> = {
  activate: "enable, switch on; 开通, 激活, 启用",
  add: "new, invite, put in; 添加, 新增, 加入, 加到",
  associate: "attach, bind; 绑定, 关联",
  cancel: "abort, kill, stop, terminate, interrupt; 取消, 终止, 中止, 停掉, 杀掉, 中断",
  check: "test, probe; 检查, 测试",
  create:
    "new, make, set up, add, build, need, want, another; 创建, 新建, 建一个, 搭建, 添加, 生成, 要一个, 需要一个, 开一个",
  delete: "remove, drop, destroy, get rid of, throw away, wipe; 删除, 删掉, 删了, 移除, 销毁, 清理, 不要了, 不用了",
  disassociate: "detach, unbind; 解绑, 解除关联",
  edit: "change, modify, set, adjust; 修改, 调整, 更改, 编辑",
  execute: "run, query; 执行, 运行",
  export: "download, save; 导出, 下载",
  get: "show, see, view, details, how is it; 查看, 看看, 查询, 详情",
  grant: "give, assign, allow, make; 授予, 授权, 分配",
  import: "load; 导入",
  list: "show, see, find, all, which, what is there; 列出, 列一下, 有哪些, 哪些, 查看, 列表",
  refresh: "renew, reload; 刷新",
  run: "start, execute, launch; 运行, 执行, 启动, 跑",
  scale: "resize, grow, shrink; 扩容, 缩容, 扩缩容, 调整大小",
  show: "see, view, details; 查看, 看看, 查询, 详情",
  start: "launch, boot, bring up, turn on, switch on, resume, wake up; 启动, 开启, 打开, 重新启动, 开一下, 起来",
  stop: "halt, shut down, turn off, switch off, close, pause; 停止, 停掉, 关闭, 关掉, 停用, 暂停, 停一下, 关一下",
  submit: "run, launch, start, send off; 提交, 运行, 跑",
  terminate: "cancel, abort, kill, stop; 终止, 取消, 停掉, 杀掉",
  update: "change, modify, edit, set, adjust; 修改, 更改, 更新, 调整, 改成",
  upload: "copy, put, send, save; 上传, 传到, 放到",
  wait: "until, done, finished, notify, watch, follow; 等待, 等到, 跑完, 完成, 通知",
};

const things: Readonly<Record<string, string>> = {
  agency: "委托",
  application: "应用",
  bucket: "桶",
  cache: "缓存",
  catalog: "数据目录",
  cluster: "集群",
  connection: "连接",
  configuration: "配置, 参数",
  connectivity: "连通性",
  database: "库, 数据库",
  datasource: "数据源, 跨源",
  elastic: "弹性",
  enhanced: "增强型",
  executor: "执行器",
  file: "文件",
  global: "全局",
  graph: "执行图",
  job: "作业, 任务",
  livy: "Livy 网关",
  log: "日志",
  mask: "脱敏",
  member: "成员",
  message: "消息",
  metric: "指标, 监控",
  network: "网络",
  partition: "分区",
  plan: "计划",
  pool: "资源池",
  privilege: "权限",
  process: "工作流, workflow",
  property: "属性",
  queue: "队列",
  quota: "配额",
  ray: "Ray",
  resource: "资源, 程序包, package",
  role: "角色",
  route: "路由",
  rule: "规则",
  savepoint: "保存点",
  schedule: "调度",
  service: "服务",
  session: "会话",
  statement: "语句",
  status: "状态",
  state: "状态",
  strategy: "策略",
  table: "表",
  tag: "标签",
  task: "任务",
  template: "模板",
  token: "令牌",
  user: "用户",
  variable: "变量",
  version: "版本",
  workspace: "工作空间",
};

/** Of `ListKyuubiToken` and `list_kyuubi_tokens` alike; what is done comes first in both. */
export function otherWordsFor(name: string): string {
  const [verb = "", ...rest] = name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split("_");
  const found = [verbs[verb], ...rest.map((word) => things[word] ?? things[word.replace(/s$/, "")])];
  return found.filter((words) => words !== undefined).join("; ");
}
