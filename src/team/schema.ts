import * as z from "zod";
import { roles } from "../policy/roles.ts";

/** The shape of team.yaml. Unknown keys are errors: a misspelt guard must not be a missing guard. */

/** What people are called, in the file and in a JWT: one word, so that it is itself in a record and on a page. */
export const personName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.@+|:/=-]{0,127}$/, "a name is one word of letters, digits and _.@+|:/=-");

/** Whoever has the one token of SPARK_WORKSPACE_HTTP_TOKEN is called so. */
export const sharedName = "bearer";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 in lower-case hex, as `team add` writes it");
const heldRoles = z.array(z.enum(roles)).min(1);

const person = z
  .strictObject({
    name: personName.refine((name) => name.toLowerCase() !== sharedName, `${sharedName} is the shared token's name`),
    roles: heldRoles,
    /** Of the bearer token that this person's client holds; without one they come with a JWT. */
    token: digest.exactOptional(),
    /** Of the key that the person signs in with to decide. */
    approvalKey: digest.exactOptional(),
  })
  .refine((each) => each.approvalKey === undefined || each.roles.includes("approver"), {
    message: "only an approver has an approvalKey",
    path: ["approvalKey"],
  })
  .refine((each) => each.token === undefined || each.token !== each.approvalKey, {
    message: "token and approvalKey must differ: an assistant's client holds the token",
    path: ["approvalKey"],
  });

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** https, or plain http to this machine. */
export function isTrustworthy(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && loopback.test(url.hostname));
}

const jwksPlace = z
  .string()
  .min(1)
  .refine(
    (text) => !/^[a-z][a-z0-9+.-]+:/i.test(text) || isTrustworthyText(text),
    "https, http to this machine, or a path of a file",
  );

function isTrustworthyText(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && isTrustworthy(url) && url.username === "" && url.password === "";
}

const jwt = z.strictObject({
  issuer: z.string().min(1),
  audience: z.string().min(1),
  jwks: jwksPlace,
  nameClaim: z.string().min(1).default("sub"),
  /** A claim's name, or a dotted path to it. */
  rolesClaim: z.string().min(1),
  roles: z.record(z.string().min(1), heldRoles),
});

export const teamFile = z
  .strictObject({
    version: z.literal(1),
    fourEyes: z.boolean(),
    publicUrl: z
      .string()
      .refine((text) => isTrustworthyText(text) && isOrigin(text), "https://HOST or https://HOST:PORT, and no path")
      .transform((text) => new URL(text).origin)
      .exactOptional(),
    people: z.array(person).default([]),
    jwt: jwt.exactOptional(),
  })
  .superRefine(({ people }, context) => {
    for (const key of ["name", "token", "approvalKey"] as const) {
      const seen = new Set<string>();
      people.forEach((each, position) => {
        const value = each[key]?.toLowerCase();
        if (value !== undefined && seen.has(value)) {
          context.addIssue({
            code: "custom",
            message: "belongs to somebody else already",
            path: ["people", position, key],
          });
        }
        if (value !== undefined) seen.add(value);
      });
    }
    const keys = new Set(people.map(({ approvalKey }) => approvalKey));
    people.forEach(({ token }, position) => {
      if (token !== undefined && keys.has(token)) {
        context.addIssue({ code: "custom", message: "is somebody's approvalKey", path: ["people", position, "token"] });
      }
    });
  });

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.pathname === "/" && url.search === "" && url.hash === "";
}

export type Team = z.infer<typeof teamFile>;
export type Person = Team["people"][number];
export type JwtSettings = NonNullable<Team["jwt"]>;
