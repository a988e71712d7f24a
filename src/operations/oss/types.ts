/** Object storage as far as the product uses it: programs go in, nothing is ever deleted. */

export interface OssRequests {
  ListBuckets: Record<string, never>;
  HeadObject: { uri: string };
  PutObject: {
    /** oss://bucket/key */
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

export interface OssResponses {
  ListBuckets: { buckets: Array<{ name: string; regionId: string; createdAt: string }>; truncated: boolean };
  HeadObject: { exists: boolean; bytes?: number; lastModified?: string; etag?: string };
  PutObject: { uri: string; bytes: number; etag: string };
}
