import type { Rule } from "./types.ts";

/** Spark SQL's error classes (error-conditions.json) carry the same names from Spark 3.4 on; older texts stand beside them. */
const errorClasses = "Spark error classes";

const storage = "(?:oss://|\\boss-[a-z]|OSSException|jindo|\\bdlf\\b|s3a?://|obs://)";
const denied =
  "(?:(?:HTTP/\\d\\.\\d|status(?: ?code)?|error ?code|\\bcode)\\W{0,4}403\\b|\\b403\\W{1,3}Forbidden|\\bAccessDenied\\b)";

export const dataRules: readonly Rule[] = [
  {
    id: "sql-table-not-found",
    confidence: 0.95,
    pattern: /\[TABLE_OR_VIEW_NOT_FOUND\]|Table or view not found: /,
    cause: {
      en: "The statement names a table or view that does not exist in this catalog and database.",
      zh: "语句引用的表或视图在当前 catalog 与数据库中不存在。",
    },
    fix: {
      en: "Check the name with its catalog and database (SHOW TABLES IN ...), and that the job uses the metastore you expect.",
      zh: "核对完整的 catalog、数据库与表名（SHOW TABLES IN ...），并确认作业使用的元数据服务正确。",
    },
    origin: `${errorClasses}: TABLE_OR_VIEW_NOT_FOUND`,
  },
  {
    id: "sql-schema-not-found",
    confidence: 0.95,
    pattern: /\[SCHEMA_NOT_FOUND\]|NoSuchDatabaseException|Database '[^']{1,120}' not found/,
    cause: {
      en: "The statement names a database that does not exist in this catalog.",
      zh: "语句引用的数据库在当前 catalog 中不存在。",
    },
    fix: {
      en: "Check the name with SHOW DATABASES, and the job's metastore.",
      zh: "用 SHOW DATABASES 核对名称，并检查作业使用的元数据服务。",
    },
    origin: `${errorClasses}: SCHEMA_NOT_FOUND`,
  },
  {
    id: "sql-column-not-found",
    confidence: 0.95,
    pattern: /\[UNRESOLVED_COLUMN(?:\.[A-Z_]+)?\]|\[FIELD_NOT_FOUND\]|cannot resolve '[^']{1,200}' given input columns/,
    cause: { en: "The statement names a column that its tables do not have.", zh: "语句引用的列在相关表中不存在。" },
    fix: {
      en: "Compare with the columns the message suggests, or with DESCRIBE TABLE.",
      zh: "对照报错建议的列名或 DESCRIBE TABLE 的结果修改。",
    },
    origin: `${errorClasses}: UNRESOLVED_COLUMN, FIELD_NOT_FOUND`,
  },
  {
    id: "sql-syntax",
    confidence: 0.95,
    pattern:
      /\[PARSE_(?:SYNTAX_ERROR|EMPTY_STATEMENT)\]|ParseException: *$|(?:mismatched|extraneous|no viable alternative at) input '/,
    cause: { en: "The statement is not valid Spark SQL.", zh: "语句不符合 Spark SQL 语法。" },
    fix: {
      en: "Look at the position the message gives; quotes and statement ends are the usual suspects.",
      zh: "查看报错给出的位置，常见问题是引号和语句结尾。",
    },
    origin: `${errorClasses}: PARSE_SYNTAX_ERROR`,
  },
  {
    id: "sql-already-exists",
    confidence: 0.93,
    pattern: /\[(?:TABLE_OR_VIEW|SCHEMA)_ALREADY_EXISTS\]|(?:Table|View|Database)AlreadyExistsException/,
    cause: { en: "The statement creates something that is already there.", zh: "语句要创建的对象已存在。" },
    fix: {
      en: "Use CREATE ... IF NOT EXISTS or another name; replace only if the old data may go.",
      zh: "使用 CREATE ... IF NOT EXISTS 或更换名称；仅在旧数据可丢弃时替换。",
    },
    origin: `${errorClasses}: TABLE_OR_VIEW_ALREADY_EXISTS`,
  },
  {
    id: "sql-bad-value",
    confidence: 0.92,
    pattern:
      /\[(?:CAST_INVALID_INPUT|CAST_OVERFLOW|DIVIDE_BY_ZERO|ARITHMETIC_OVERFLOW|CANNOT_PARSE_TIMESTAMP|INVALID_ARRAY_INDEX|NUMERIC_VALUE_OUT_OF_RANGE)/,
    settings: ["spark.sql.ansi.enabled"],
    cause: {
      en: "A value in the data does not fit the operation, and ANSI mode makes that an error.",
      zh: "数据中的某个值不适用于该运算，ANSI 模式下会报错。",
    },
    fix: {
      en: "Use try_cast, try_divide and the like, or filter such rows.",
      zh: "使用 try_cast、try_divide 等函数，或过滤这些行。",
    },
    origin: `${errorClasses}: CAST_INVALID_INPUT and others`,
  },
  {
    id: "sql-analysis",
    confidence: 0.8,
    pattern:
      /AnalysisException: \[(?<name>[A-Z][A-Z0-9_.]{2,100})\]|^\[(?<name2>[A-Z][A-Z0-9]*_[A-Z0-9_.]{2,100})\] |error class \[(?<name3>[A-Z][A-Z0-9_.]{2,100})\]/,
    not: /\[(?:PATH_NOT_FOUND|DATA_SOURCE_NOT_FOUND)\]/,
    after: [
      "sql-table-not-found",
      "sql-schema-not-found",
      "sql-column-not-found",
      "sql-syntax",
      "sql-already-exists",
      "sql-bad-value",
      "data-source-not-found",
      "spark-memory-exhausted",
      "kryo-buffer-overflow",
      "python-version-mismatch",
    ],
    cause: {
      en: "Spark refused the statement with error class {name}.",
      zh: "Spark 拒绝了该语句，错误类别为 {name}。",
    },
    fix: {
      en: "The message says which part of the statement is meant; the class is explained in Spark's list of error conditions.",
      zh: "报错说明了语句的哪一部分有问题；该类别的说明见 Spark 错误条件列表。",
    },
    origin: errorClasses,
  },
  {
    id: "storage-bad-access-key",
    confidence: 0.94,
    pattern: /InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSecurityToken|SecurityTokenExpired/,
    cause: { en: "Object storage did not accept the credentials the job used.", zh: "对象存储不接受作业使用的凭证。" },
    fix: {
      en: "Take AccessKeys out of the job and let the workspace's execution role reach the data; temporary credentials expire during long jobs.",
      zh: "从作业中去掉 AccessKey，改由工作空间执行角色访问数据；临时凭证会在长作业中过期。",
    },
    origin: "OSS error codes",
  },
  {
    id: "storage-access-denied",
    confidence: 0.93,
    pattern: new RegExp(
      `(?:error ?code\\]?|<code>|\\bcode)\\W{0,4}AccessDenied\\b|AccessDeniedException|${storage}.{0,200}${denied}|${denied}.{0,200}${storage}`,
      "i",
    ),
    after: ["storage-bad-access-key"],
    cause: {
      en: "The job's role may not read or write that address in object storage.",
      zh: "作业所用角色没有该对象存储地址的读写权限。",
    },
    fix: {
      en: "Grant the workspace's execution role (AliyunEMRSparkJobRunDefaultRole unless another was chosen) the right to that bucket, and look at the bucket's policy and its region.",
      zh: "为工作空间执行角色（默认 AliyunEMRSparkJobRunDefaultRole）授予该 bucket 的权限，并检查 bucket 策略与地域。",
    },
    origin: "OSS error code AccessDenied, HTTP 403",
  },
  {
    id: "storage-bucket-not-found",
    confidence: 0.95,
    pattern: /NoSuchBucket|The specified bucket does not exist/,
    cause: { en: "The bucket does not exist, or not in this region.", zh: "bucket 不存在，或不在该地域。" },
    fix: {
      en: "Check the bucket's name and region in the job's addresses.",
      zh: "检查作业地址中的 bucket 名称与地域。",
    },
    origin: "OSS error code NoSuchBucket",
  },
  {
    id: "path-not-found",
    confidence: 0.92,
    pattern:
      /NoSuchKey|The specified key does not exist|\[PATH_NOT_FOUND\]|(?:Input )?[Pp]ath does not exist: |FileNotFoundException: |NoSuchFileException: /,
    not: /\.inprogress|event ?log|HADOOP_HOME|hadoop\.home\.dir/i,
    cause: { en: "A file or folder the job reads does not exist.", zh: "作业读取的文件或目录不存在。" },
    fix: {
      en: "Check the address, and that whatever writes it has run; a file that vanished while the job ran was replaced by another job.",
      zh: "检查地址，并确认上游已产出；若运行中消失，说明被其他作业覆盖。",
    },
    origin: "OSS error code NoSuchKey, Spark error class PATH_NOT_FOUND, java.io.FileNotFoundException",
  },
  {
    id: "permission-denied",
    confidence: 0.85,
    pattern:
      /AccessControlException|Permission denied: user=|PermissionError: \[Errno 13\]|does not have .{0,40}(?:privilege|permission)|No ?Permission\b/i,
    after: ["storage-access-denied", "storage-bad-access-key"],
    cause: {
      en: "The identity the job runs under lacks a right on a table, catalog or file.",
      zh: "作业运行身份缺少表、catalog 或文件的权限。",
    },
    fix: {
      en: "Grant the right in the catalog (DLF, Ranger) or file system that refused; programs may write local files only under /tmp and the working folder.",
      zh: "在拒绝访问的 catalog（DLF、Ranger）或文件系统中授权；程序只应在 /tmp 与工作目录写本地文件。",
    },
    origin: "Hadoop AccessControlException, Python PermissionError, catalog refusals",
  },
  {
    id: "metastore-unreachable",
    confidence: 0.85,
    pattern:
      /Unable to instantiate org\.apache\.hadoop\.hive\.ql\.metadata\.\w{0,40}MetaStoreClient|Could not connect to meta ?store|MetaException\(message:/i,
    settings: ["spark.hadoop.hive.metastore.uris"],
    cause: { en: "The job could not use its Hive metastore.", zh: "作业无法使用 Hive 元数据服务。" },
    fix: {
      en: "Check the catalog of the workspace; a metastore in a VPC needs a network connection of the workspace and the right port open.",
      zh: "检查工作空间的 catalog；VPC 内的元数据服务需要网络连接并放通端口。",
    },
    origin: "Hive SessionHiveMetaStoreClient",
  },
];
