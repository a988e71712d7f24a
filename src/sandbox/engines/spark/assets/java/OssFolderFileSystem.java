package sandbox;

/** Object storage of Alibaba Cloud: oss://bucket/key, oss://bucket.oss-region-internal.aliyuncs.com/key. */
public final class OssFolderFileSystem extends BucketFolderFileSystem {
  public OssFolderFileSystem() {
    super("oss");
  }

  /** An endpoint may stand behind the bucket. */
  @Override
  String bucketIn(String authority) {
    return authority.split("\\.", 2)[0];
  }
}
