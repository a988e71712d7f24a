export interface KyuubiTarget {
  origin: URL;
  /** As it stands in the request line. Holds the token in the form `path`. */
  path: string;
  authorization?: string;
  /** Never shown. */
  secrets: readonly string[];
}

export interface KyuubiLogin {
  url?: string;
  protocol?: "http" | "https";
  host?: string;
  port?: number;
  token: string;
  /** `path`: /cliservice/token/<token>; `basic`: /cliservice with user and token as HTTP Basic credentials. */
  form: "path" | "basic";
  /** With `basic` the name that goes with the token. */
  user?: string;
}

/** Where requests go and with what, or a sentence about what is wrong with it. */
export function targetOf(login: KyuubiLogin): KyuubiTarget | string {
  const { token, form, user = "token" } = login;
  if (!/^[\x21-\x7e]{1,1024}$/.test(token)) return "The token has a form no token has.";
  // A client would resolve these two as steps in the path.
  if (form === "path" && (token === "." || token === "..")) return "The token has a form no token has.";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would end the header
  if (/[:\x00-\x1f\x7f]/.test(user)) return "The user has a character that HTTP Basic cannot carry.";
  const origin = URL.parse(login.url ?? `${login.protocol ?? "https"}://${login.host}${portOf(login)}`);
  if (origin === null || !["http:", "https:"].includes(origin.protocol)) return "The address is no HTTP address.";
  if (origin.username || origin.password || origin.search || origin.hash) {
    return "The address has more than a host and a port.";
  }
  if (origin.pathname !== "/" && !/^\/cliservice\/?$/.test(origin.pathname)) {
    return "The path of the address is not /cliservice.";
  }
  if (form === "path") {
    return { origin, path: `/cliservice/token/${encodeURIComponent(token)}`, secrets: [token] };
  }
  const credentials = Buffer.from(`${user}:${token}`).toString("base64");
  return { origin, path: "/cliservice", authorization: `Basic ${credentials}`, secrets: [token, credentials] };
}

function portOf({ port }: KyuubiLogin): string {
  return port === undefined ? "" : `:${port}`;
}
