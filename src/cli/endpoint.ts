export const defaultDliRegion = "cn-north-4";

/** Plain http is taken for loopback alone, unless the scheme is spelled out. */
export function parseEndpoint(text: string): { host: string; protocol: "https" | "http" } | undefined {
  const match = /^(?:(https?):\/\/)?([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?\/?$/i.exec(text);
  if (!match) return undefined;
  const [, scheme, name = "", port = ""] = match;
  const protocol = scheme?.toLowerCase() === "http" || (scheme === undefined && isLoopback(name)) ? "http" : "https";
  return { host: `${name.toLowerCase()}${port}`, protocol };
}

/** @param name of a host, without a port */
export function isLoopback(name: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(name);
}
