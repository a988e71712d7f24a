/** Object storage of Huawei Cloud as far as the product uses it: programs go in, logs come out, nothing is ever deleted. */

export interface ObsRequests {
  ObsListBuckets: Record<string, never>;
  ObsHeadObject: { uri: string };
  ObsListObjects: { bucket: string; prefix?: string; marker?: string; "max-keys"?: number; delimiter?: string };
  ObsGetObject: { uri: string };
  ObsPutObject: {
    /** obs://bucket/key */
    uri: string;
    /** Lower-case hex SHA-256 of the bytes: binds an approval to this very content. */
    sha256: string;
    bytes: number;
    /** Absolute path the bytes come from; absent when the content was given in the call. */
    localPath?: string;
    content?: string;
    overwrite: boolean;
  };
}

export interface ObsObject {
  key: string;
  uri: string;
  bytes: number;
  lastModified: string;
  etag: string;
}

export interface ObsResponses {
  ObsListBuckets: { buckets: Array<{ name: string; regionId: string; createdAt: string }>; truncated: boolean };
  ObsHeadObject: { exists: boolean; bytes?: number; lastModified?: string; etag?: string };
  ObsListObjects: {
    objects: ObsObject[];
    /** Of a listing with a delimiter: what the keys share up to it. */
    commonPrefixes: string[];
    truncated: boolean;
    /** Where the next page starts. */
    nextMarker?: string;
  };
  /** `bytes` is the object's size, of which `text` is the beginning when it was cut. */
  ObsGetObject: { uri: string; text: string; bytes: number; truncated: boolean };
  ObsPutObject: { uri: string; bytes: number; etag: string };
}
