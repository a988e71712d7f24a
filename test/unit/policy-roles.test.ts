import { describe, expect, test } from "vitest";
import { decidedBy, fourEyesProblem, isSamePerson, personOf } from "../../src/policy/four-eyes.ts";
import { mayCall, type Role } from "../../src/policy/roles.ts";
import { riskClasses } from "../../src/policy/types.ts";

const reads = ["read", "read-secret"];

describe("a role", () => {
  test.each<[Role, readonly string[]]>([
    ["reader", reads],
    ["approver", reads],
    ["operator", riskClasses],
  ])("of %s admits %j and nothing else", (role, admitted) => {
    expect(riskClasses.filter((risk) => mayCall([role], risk))).toEqual(admitted);
  });

  test("counts beside others, and without one nothing is admitted", () => {
    expect(mayCall(["reader", "operator"], "destructive")).toBe(true);
    expect(mayCall(["reader", "approver"], "write")).toBe(false);
    expect(riskClasses.some((risk) => mayCall([], risk))).toBe(false);
  });
});

describe("with four eyes", () => {
  test("nobody decides their own plan, in whatever case their name is written", () => {
    expect(fourEyesProblem({ principal: "ann" }, "ann")).toBe("own-plan");
    expect(fourEyesProblem({ principal: "Ann" }, "aNN")).toBe("own-plan");
    expect(fourEyesProblem({ principal: "ann" }, "bob")).toBeUndefined();
  });

  test("nobody decides while either of the two is unknown", () => {
    expect(fourEyesProblem({}, "ann")).toBe("unknown-person");
    expect(fourEyesProblem({ principal: "ann" }, undefined)).toBe("unknown-person");
    expect(fourEyesProblem({}, undefined)).toBe("unknown-person");
  });

  test("names are compared whole", () => {
    expect(isSamePerson("ann", "anne")).toBe(false);
    expect(isSamePerson("ANN", "ann")).toBe(true);
  });
});

describe("who decided", () => {
  test.each([
    ["page", { code: false }, "page", undefined],
    ["page", { code: true }, "page+code", undefined],
    ["terminal", { code: false, person: "ann" }, "terminal:ann", "ann"],
    ["terminal", { code: true, person: "ann:b" }, "terminal+code:ann:b", "ann:b"],
  ] as const)("through the %s with %j is recorded as %s and read back as %s", (channel, who, recorded, person) => {
    expect(decidedBy(channel, who)).toBe(recorded);
    expect(personOf(recorded)).toBe(person);
  });

  test.each([
    undefined,
    "",
    "client",
    "standing:3",
    "xpage:ann",
    "page:",
    "page+codes:ann",
    "page+code+code:ann",
    "page:ann\nbob",
  ])("is nobody where the record says %j", (recorded) => expect(personOf(recorded)).toBeUndefined());
});
