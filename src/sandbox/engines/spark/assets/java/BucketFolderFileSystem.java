package sandbox;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.InvalidPathException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * scheme://bucket/key as the file sandbox.storage.folder/bucket/key.
 *
 * <p>Hadoop's ViewFileSystemOverloadScheme could do this without code, but with linkMergeSlash (3.3.4) it
 * lists wrong paths and lets a key with ".." out of its bucket.
 */
abstract class BucketFolderFileSystem extends RawLocalFileSystem {
  static final String STORAGE_FOLDER = "sandbox.storage.folder";

  private final String scheme;
  private URI bucketUri;
  private File bucketFolder;

  BucketFolderFileSystem(String scheme) {
    this.scheme = scheme;
  }

  /** Its name in what stands behind scheme://. */
  abstract String bucketIn(String authority);

  @Override
  public void initialize(URI name, Configuration configuration) throws IOException {
    String authority = name.getAuthority();
    if (authority == null) throw new IOException("no bucket in " + name);
    String bucket = bucketIn(authority);
    String storage = configuration.get(STORAGE_FOLDER);
    if (storage == null) throw new IOException(STORAGE_FOLDER + " is not set");
    if (bucket.isEmpty() || bucket.startsWith(".")) throw new IOException("not a bucket name: " + authority);
    bucketUri = URI.create(scheme + "://" + authority);
    bucketFolder = new File(storage, bucket);
    if (!bucketFolder.isDirectory()) {
      throw new FileNotFoundException("NoSuchBucket: the specified bucket does not exist: " + bucket);
    }
    super.initialize(bucketUri, configuration);
  }

  @Override
  public String getScheme() {
    return scheme;
  }

  @Override
  public URI getUri() {
    return bucketUri;
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path(URI.create(bucketUri + "/"));
  }

  @Override
  protected Path getInitialWorkingDirectory() {
    // Asked by the super constructor, before the bucket is known.
    return null;
  }

  @Override
  public File pathToFile(Path path) {
    checkPath(path);
    String key = path.toUri().getPath();
    for (String part : key.split("/")) {
      if (part.equals("..")) throw new InvalidPathException(path.toString(), "a key cannot hold '..'");
    }
    return new File(bucketFolder, key);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    File file = pathToFile(path);
    if (!file.exists()) throw new FileNotFoundException("NoSuchKey: the specified key does not exist: " + path);
    return status(file, makeQualified(path));
  }

  @Override
  public FileStatus getFileLinkStatus(Path path) throws IOException {
    return getFileStatus(path);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    FileStatus self = getFileStatus(path);
    if (self.isFile()) return new FileStatus[] {self};
    String[] names = pathToFile(path).list();
    if (names == null) throw new IOException("cannot list " + path);
    Arrays.sort(names);
    FileStatus[] statuses = new FileStatus[names.length];
    for (int i = 0; i < names.length; i++) {
      statuses[i] = status(new File(pathToFile(path), names[i]), new Path(self.getPath(), names[i]));
    }
    return statuses;
  }

  private FileStatus status(File file, Path path) {
    return new FileStatus(file.length(), file.isDirectory(), 1, getDefaultBlockSize(path), file.lastModified(), path);
  }

  /** A bucket outlives its objects: overwriting scheme://bucket/ empties the folder and leaves it there. */
  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    if (!pathToFile(path).equals(bucketFolder)) return super.delete(path, recursive);
    boolean deleted = true;
    for (FileStatus child : listStatus(path)) deleted &= super.delete(child.getPath(), recursive);
    return deleted;
  }

  // Object storage has no modes and owners, and RawLocalFileSystem would start a chmod process for each file.
  @Override
  public void setPermission(Path path, FsPermission permission) {}

  @Override
  public void setOwner(Path path, String user, String group) {}
}
