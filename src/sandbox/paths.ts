/**
 * What a gateway makes of a path before it looks for the route: encoded dots and slashes are decoded, empty and
 * dot segments removed. Sloppy on purpose, like the real one: `DELETE /workspaces/w-1/jobRuns/%2e%2e` must be
 * seen here as the deletion that it would be there, or a client that lets it through looks safe when it is not.
 */
export function normalisePath(rawPath: string): string {
  const decoded = rawPath
    .replace(/%2e/gi, ".")
    .replace(/%2f/gi, "/")
    .replace(/%5c|\\/gi, "/");
  const kept: string[] = [];
  for (const segment of decoded.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return `/${kept.join("/")}`;
}
