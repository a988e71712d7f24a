package sandbox.sql;

import java.io.IOException;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hive.service.cli.CLIService;
import org.apache.hive.service.cli.session.SessionManager;
import org.apache.hive.service.cli.thrift.ThriftCLIService;
import org.apache.hive.service.rpc.thrift.TCLIService;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.hive.thriftserver.HiveThriftServer2;
import org.apache.spark.sql.hive.thriftserver.HiveThriftServer2$;
import org.apache.spark.sql.hive.thriftserver.SparkSQLCLIService;
import org.apache.spark.sql.hive.thriftserver.ui.HiveThriftServer2EventManager;
import org.apache.spark.sql.hive.thriftserver.ui.HiveThriftServer2Listener;
import org.apache.spark.status.ElementTrackingStore;
import org.apache.thrift.TException;
import org.apache.thrift.TProcessor;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.transport.TMemoryBuffer;
import org.apache.thrift.transport.TMemoryInputTransport;
import scala.Option;
import scala.Some;

/**
 * The service behind Spark's Thrift server without that server's own HTTP front, which listens on every interface
 * whatever hive.server2.thrift.bind.host says (ThriftHttpCLIService, Spark 3.5) and believes any user name.
 */
final class ThriftFrontend {
  private final TProcessor processor;
  private final String user;

  ThriftFrontend(SparkSession spark, String user) {
    this.user = user;
    SparkContext context = spark.sparkContext();
    HiveThriftServer2 server = new HiveThriftServer2(spark.sqlContext());
    // As HiveThriftServer2.startWithContext does; the operations report to these.
    HiveThriftServer2$ shared = HiveThriftServer2$.MODULE$;
    shared.uiTab_$eq(Option.empty());
    shared.eventManager_$eq(new HiveThriftServer2EventManager(context));
    ElementTrackingStore store = (ElementTrackingStore) context.statusStore().store();
    shared.listener_$eq(new HiveThriftServer2Listener(store, context.conf(), new Some<>(server), true));
    context.addSparkListener(shared.listener());

    HiveConf conf = hiveConf(spark);
    SparkSQLCLIService service = new SparkSQLCLIService(server, spark.sqlContext());
    service.init(conf);
    service.start();
    NoListener front = new NoListener(service);
    front.init(conf);
    processor = new TCLIService.Processor<>(front);
  }

  byte[] answer(byte[] request) throws IOException {
    SessionManager.setUserName(user);
    SessionManager.setIpAddress("127.0.0.1");
    TMemoryBuffer answer = new TMemoryBuffer(1024);
    try {
      processor.process(
          new TBinaryProtocol(new TMemoryInputTransport(request)), new TBinaryProtocol(answer));
    } catch (TException error) {
      throw new IOException(error);
    } finally {
      SessionManager.clearUserName();
      SessionManager.clearIpAddress();
    }
    byte[] bytes = new byte[answer.length()];
    System.arraycopy(answer.getArray(), 0, bytes, 0, bytes.length);
    return bytes;
  }

  private static HiveConf hiveConf(SparkSession spark) {
    HiveConf conf = new HiveConf(spark.sparkContext().hadoopConfiguration(), ThriftFrontend.class);
    String folder = System.getProperty("java.io.tmpdir");
    conf.set("hive.exec.scratchdir", "file://" + folder + "/hive");
    conf.set("hive.exec.local.scratchdir", folder + "/hive-local");
    conf.set("hive.downloaded.resources.dir", folder + "/hive-resources");
    conf.set("hive.server2.logging.operation.log.location", folder + "/hive-logs");
    // At the end of a session Hive opens a metastore, only to drop caches of it, and passes over a failure. Its own
    // takes seconds and 100 MB; nobody listens on port 1, so this one is refused at once. Spark's catalog is its own.
    conf.set("hive.metastore.uris", "thrift://127.0.0.1:1");
    conf.set("hive.metastore.connect.retries", "1");
    conf.set("hive.metastore.failure.retries", "0");
    conf.set("hive.metastore.client.connect.retry.delay", "0s");
    // The user's name is taken from the request that was let in, not from what the client writes into it.
    conf.set("hive.server2.transport.mode", "http");
    conf.set("hive.server2.thrift.bind.host", "127.0.0.1");
    conf.set("hive.server2.enable.doAs", "false");
    return conf;
  }

  private static final class NoListener extends ThriftCLIService {
    NoListener(CLIService service) {
      super(service, "ThriftFrontend");
    }

    @Override
    protected void initializeServer() {}

    @Override
    protected void stopServer() {}

    @Override
    public void run() {}
  }
}
