import fc from "fast-check";

/** Texts in the place of an id that path handling trips over. */
export const hostile = [
  "..",
  ".",
  "%2e%2e",
  "%2E%2E",
  "%252e%252e",
  "..%2f",
  "a/b",
  "a%2fb",
  "",
  " ",
  "w-1?x",
  "w-1#x",
  "w-1;x",
  "‥",
  "．．",
  "․․",
  "..\\",
  "..\u0000",
  "jr-1/../..",
  "../../w-1",
  "w-1\r\nDELETE /api/v1/workspaces/w-1 HTTP/1.1",
  "jr-1 ",
  "JR-1/.",
];

const piece = fc.constantFrom("..", ".", "/", "%2e", "%2f", "\\", "?", "#", ";", "w-1", "jr-1", " ", "%", "‥", "a");

/** Pieces that path handling trips over, and any text at all; now and then a good id. */
export const randomId = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("w-1", "jr-1", "root_queue"),
);
