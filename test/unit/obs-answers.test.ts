import { describe, expect, test } from "vitest";
import type { Arrived } from "../../src/clouds/huawei/exchange.ts";
import { readBuckets, readComplaint, readHead, readObjects, readText } from "../../src/clouds/obs/answers.ts";
import { parseXml } from "../../src/clouds/obs/xml.ts";

const arrived = (text: string, status = 200, headers: Arrived["headers"] = {}): Arrived => ({
  kind: "arrived",
  status,
  headers,
  text,
});

const namespace = 'xmlns="http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/"';

describe("a list of buckets", () => {
  test("tells name, region and age of each", async () => {
    const bucket = (name: string) =>
      `<Bucket><Name>${name}</Name><CreationDate>2026-01-02T03:04:05.006Z</CreationDate><Location>cn-north-4</Location><BucketType>OBJECT</BucketType></Bucket>`;
    const xml = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><ListAllMyBucketsResult ${namespace}><Owner><ID>x</ID></Owner><Buckets>${bucket("lake")}${bucket("logs")}</Buckets></ListAllMyBucketsResult>`;
    expect(await readBuckets(arrived(xml))).toEqual({
      buckets: [
        { name: "lake", regionId: "cn-north-4", createdAt: "2026-01-02T03:04:05.006Z" },
        { name: "logs", regionId: "cn-north-4", createdAt: "2026-01-02T03:04:05.006Z" },
      ],
      truncated: false,
    });
  });

  test("of an account without any is empty", async () => {
    const xml = `<ListAllMyBucketsResult ${namespace}><Buckets/></ListAllMyBucketsResult>`;
    expect(await readBuckets(arrived(xml))).toEqual({ buckets: [], truncated: false });
  });
});

describe("a listing", () => {
  const entry = (key: string, size = 5) =>
    `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.006Z</LastModified><ETag>&quot;e1&quot;</ETag><Size>${size}</Size></Contents>`;
  const listing = (inner: string) => arrived(`<ListBucketResult ${namespace}>${inner}</ListBucketResult>`);

  test("tells each object with its address, and the shared beginnings", async () => {
    const answer = listing(
      `<IsTruncated>false</IsTruncated>${entry("jobs/a &amp; b's &lt;1&gt;.py")}<CommonPrefixes><Prefix>jobs/x/</Prefix></CommonPrefixes>`,
    );
    expect(await readObjects(answer, "lake")).toEqual({
      objects: [
        {
          key: "jobs/a & b's <1>.py",
          uri: "obs://lake/jobs/a & b's <1>.py",
          bytes: 5,
          lastModified: "2026-01-02T03:04:05.006Z",
          etag: '"e1"',
        },
      ],
      commonPrefixes: ["jobs/x/"],
      truncated: false,
    });
  });

  test("that goes on tells where, also when the service leaves that to the last key", async () => {
    const named = listing(`<IsTruncated>true</IsTruncated><NextMarker>n</NextMarker>${entry("a")}`);
    expect(await readObjects(named, "lake")).toMatchObject({ truncated: true, nextMarker: "n" });
    const unnamed = listing(`<IsTruncated>true</IsTruncated>${entry("a")}${entry("b")}`);
    expect(await readObjects(unnamed, "lake")).toMatchObject({ truncated: true, nextMarker: "b" });
  });

  test("of nothing is empty, and something else than a listing is none", async () => {
    expect(await readObjects(listing("<IsTruncated>false</IsTruncated>"), "lake")).toMatchObject({ objects: [] });
    expect(await readObjects(arrived("<html><body/></html>"), "lake")).toBeUndefined();
    expect(await readObjects(arrived("{}"), "lake")).toBeUndefined();
  });
});

describe("a complaint", () => {
  const error = (code: string, message = "why") =>
    `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>r-1</RequestId></Error>`;

  test("tells code, reason and request id of its document", async () => {
    expect(await readComplaint(arrived(error("NoSuchKey"), 404))).toEqual({
      kind: "rejected",
      status: 404,
      code: "NoSuchKey",
      message: "why",
      requestId: "r-1",
    });
  });

  test("without a document tells what the headers have", async () => {
    const headers = { "x-obs-error-code": "NoSuchBucket", "x-obs-error-message": "no", "x-obs-request-id": "r-2" };
    expect(await readComplaint(arrived("", 404, headers))).toMatchObject({
      code: "NoSuchBucket",
      message: "no",
      requestId: "r-2",
    });
    expect(await readComplaint(arrived("", 404))).toMatchObject({ code: "", message: "HTTP 404 without a reason" });
  });

  test.each([
    [403, error("AccessDenied"), "Forbidden"],
    [403, "", "Forbidden"],
    [403, error("SignatureDoesNotMatch"), "SignatureDoesNotMatch"],
    [403, error("RequestTimeTooSkewed"), "InvalidTimeStamp.RequestTimeTooSkewed"],
    [503, error("SlowDown"), "Throttling"],
    [503, error("ServiceUnavailable"), "ServiceUnavailable"],
    [301, error("PermanentRedirect"), "Redirect"],
  ])("of status %i and %s reaches the gateway as %s", async (status, text, code) => {
    expect(await readComplaint(arrived(text, status))).toMatchObject({ status, code });
  });

  test("is cut where it has no end, and is none for a success", async () => {
    const long = await readComplaint(arrived(error("X", "y".repeat(5_000)), 400));
    expect(long?.message).toHaveLength(1_000);
    expect(await readComplaint(arrived("", 200))).toBeUndefined();
  });
});

describe("an object", () => {
  test("is told with its size and age", () => {
    const headers = { "content-length": "7", "last-modified": "Fri, 20 Nov 2026 08:09:10 GMT", etag: '"e"' };
    expect(readHead(arrived("", 200, headers))).toEqual({
      exists: true,
      bytes: 7,
      lastModified: "2026-11-20T08:09:10.000Z",
      etag: '"e"',
    });
  });

  test("whose age makes no sense is told without it", () => {
    expect(readHead(arrived("", 200, { "content-length": "7", "last-modified": "soon" }))).toEqual({
      exists: true,
      bytes: 7,
    });
  });

  test("that was cut says so beside its whole size", () => {
    const cut: Arrived = { ...arrived("abc", 200, { "content-length": "9" }), wasCut: true };
    expect(readText(cut, "obs://lake/a")).toEqual({ uri: "obs://lake/a", text: "abc", bytes: 9, truncated: true });
  });
});

describe("XML", () => {
  test("that declares entities of its own is none", async () => {
    const bomb =
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/hostname">]><x><y>&a;</y><z>&b;</z></x>';
    expect((await parseXml(bomb))?.child("x")?.text("z")).toBeUndefined();
  });

  test("whose elements have names of JavaScript's own changes no object", async () => {
    const document = await parseXml("<x><__proto__><Code>1</Code></__proto__><constructor>c</constructor><y>1</y></x>");
    expect(document?.child("x")?.text("y")).toBe("1");
    expect(document?.child("x")?.child("Code")).toBeUndefined();
    expect(document?.child("toString")).toBeUndefined();
    expect("Code" in {}).toBe(false);
  });
});
