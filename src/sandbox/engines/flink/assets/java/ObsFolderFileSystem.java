package sandbox.flink;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.BlockLocation;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileStatus;
import org.apache.flink.core.fs.local.LocalFileSystem;

/** obs://bucket/key as the file sandbox.storage.folder/bucket/key. */
public final class ObsFolderFileSystem extends LocalFileSystem {
  private final File storage;
  private final URI bucketUri;

  private ObsFolderFileSystem(File storage, String bucket) {
    this.storage = storage;
    this.bucketUri = URI.create("obs://" + bucket);
  }

  /** Found by Flink through META-INF/services. */
  public static final class Factory implements FileSystemFactory {
    private String storage;

    @Override
    public void configure(Configuration configuration) {
      storage = configuration.toMap().get("sandbox.storage.folder");
    }

    @Override
    public String getScheme() {
      return "obs";
    }

    @Override
    public FileSystem create(URI uri) throws IOException {
      String bucket = uri.getAuthority();
      if (storage == null) throw new IOException("sandbox.storage.folder is not set");
      if (bucket == null || !bucket.matches("[a-z0-9][a-z0-9.-]*")) throw new IOException("no bucket in " + uri);
      if (!new File(storage, bucket).isDirectory()) {
        throw new FileNotFoundException("NoSuchBucket: the specified bucket does not exist: " + bucket);
      }
      return new ObsFolderFileSystem(new File(storage), bucket);
    }
  }

  @Override
  public URI getUri() {
    return bucketUri;
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path(bucketUri + "/");
  }

  @Override
  public Path getHomeDirectory() {
    return getWorkingDirectory();
  }

  @Override
  public boolean isDistributedFS() {
    return true;
  }

  /** Every other method of LocalFileSystem, and its RecoverableWriter, goes through this one. */
  @Override
  public File pathToFile(Path path) {
    URI uri = path.toUri();
    for (String part : uri.getPath().split("/")) {
      if (part.equals("..")) throw new IllegalArgumentException(path + ": a key cannot hold '..'");
    }
    String bucket = uri.getAuthority() == null ? bucketUri.getAuthority() : uri.getAuthority();
    return new File(new File(storage, bucket), uri.getPath());
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    File file = pathToFile(path);
    if (!file.exists()) throw new FileNotFoundException("NoSuchKey: the specified key does not exist: " + path);
    return new ObsStatus(file, path.makeQualified(this));
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    File file = pathToFile(path);
    if (!file.exists()) return null;
    String[] names = file.list();
    if (names == null) return new FileStatus[] {getFileStatus(path)};
    FileStatus[] statuses = new FileStatus[names.length];
    for (int i = 0; i < names.length; i++) {
      statuses[i] = new ObsStatus(new File(file, names[i]), new Path(path.makeQualified(this), names[i]));
    }
    return statuses;
  }

  @Override
  public BlockLocation[] getFileBlockLocations(FileStatus status, long start, long length) {
    return ((ObsStatus) status).getBlockLocations();
  }

  /** LocalFileStatus would tell the path of the file behind the object. */
  private final class ObsStatus extends LocalFileStatus {
    private final Path path;

    ObsStatus(File file, Path path) {
      super(file, ObsFolderFileSystem.this);
      this.path = path;
    }

    @Override
    public Path getPath() {
      return path;
    }
  }
}
