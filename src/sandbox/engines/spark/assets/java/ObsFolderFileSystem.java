package sandbox;

/** Object storage of Huawei Cloud: obs://bucket/key. */
public final class ObsFolderFileSystem extends BucketFolderFileSystem {
  public ObsFolderFileSystem() {
    super("obs");
  }

  /** No endpoint stands behind it, and dots are letters of its name. */
  @Override
  String bucketIn(String authority) {
    return authority;
  }
}
