/** What of a Kyuubi service's description says where it can be reached. */
export interface KyuubiEndpoint {
  innerEndpoint?: string;
  publicEndpoint?: string;
  publicEndpointEnabled?: boolean;
}

export interface KyuubiAddress {
  host: string;
  port: number;
  tls: boolean;
}

export interface KyuubiConnection {
  /** TOKEN stands for the value of a token. */
  jdbcUrl: string;
  beeline: string;
  python: string;
}

/**
 * Where a service speaks HiveServer2 Thrift over HTTP. An endpoint of the service carries no port: 80 within the VPC,
 * 443 with TLS from outside (notes section 9; TLS is a guess of theirs). One that does, as the sandbox's, is taken as it is.
 */
export function kyuubiAddress(endpoint: string | undefined, reach: "inner" | "public"): KyuubiAddress | undefined {
  const match = /^(?:https?:\/\/)?([a-z0-9.-]+)(?::(\d{1,5}))?\/?$/i.exec(endpoint ?? "");
  if (!match?.[1]) return undefined;
  if (match[2] !== undefined) return { host: match[1], port: Number(match[2]), tls: false };
  return reach === "inner" ? { host: match[1], port: 80, tls: false } : { host: match[1], port: 443, tls: true };
}

/** How clients connect, within the VPC and from outside, with a token made for the service. */
export function kyuubiConnection(service: KyuubiEndpoint): { inner?: KyuubiConnection; public?: KyuubiConnection } {
  const inner = kyuubiAddress(service.innerEndpoint, "inner");
  const outer = service.publicEndpointEnabled === false ? undefined : kyuubiAddress(service.publicEndpoint, "public");
  return {
    ...(inner && { inner: connectionAt(inner) }),
    ...(outer && { public: connectionAt(outer) }),
  };
}

function connectionAt({ host, port, tls }: KyuubiAddress): KyuubiConnection {
  const jdbcUrl = `jdbc:hive2://${host}:${port}/;transportMode=http;httpPath=cliservice/token/TOKEN${tls ? ";ssl=true" : ""}`;
  return {
    jdbcUrl,
    beeline: `beeline -u '${jdbcUrl}'`,
    python: `pyhive.hive.connect(thrift_transport=THttpClient("${tls ? "https" : "http"}://${host}:${port}/cliservice/token/TOKEN"))`,
  };
}
