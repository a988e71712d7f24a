package sandbox.flink;

import java.util.List;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.operations.ModifyOperation;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.QueryOperation;
import org.apache.flink.table.operations.command.SetOperation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the statements given as arguments, one each: every INSERT becomes part of one job, all else happens at once. */
public final class SqlProgram {
  private static final Logger LOG = LoggerFactory.getLogger(SqlProgram.class);

  private final TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.newInstance().build());
  private final StatementSet inserts = tables.createStatementSet();
  private int count;

  public static void main(String[] statements) {
    SqlProgram program = new SqlProgram();
    for (int i = 0; i < statements.length; i++) {
      try {
        program.take(statements[i]);
      } catch (RuntimeException error) {
        LOG.error("Statement {}: {}", i + 1, statements[i], error);
        throw new Refused("statement " + (i + 1) + ": " + words(error));
      }
    }
    if (program.count == 0) throw new Refused("the program has no INSERT, so there is nothing to run");
    try {
      program.inserts.execute();
    } catch (RuntimeException error) {
      LOG.error("The statements were not turned into a job", error);
      throw new Refused(words(error));
    }
  }

  private void take(String statement) {
    List<Operation> operations = ((TableEnvironmentInternal) tables).getParser().parse(statement);
    if (operations.size() != 1) throw new IllegalArgumentException("not one statement");
    Operation operation = operations.get(0);
    if (operation instanceof SetOperation) {
      SetOperation set = (SetOperation) operation;
      if (!set.getValue().isPresent()) throw new IllegalArgumentException("SET needs a key and a value");
      tables.getConfig().set(set.getKey().get(), set.getValue().get());
    } else if (operation instanceof QueryOperation) {
      throw new IllegalArgumentException("a SELECT has no sink: write INSERT INTO ... SELECT");
    } else if (operation instanceof ModifyOperation) {
      inserts.addInsertSql(statement);
      count++;
    } else {
      tables.executeSql(statement);
    }
  }

  /** The innermost cause, but of two that say the same the one that tells line and column too. */
  private static String words(Throwable error) {
    Throwable cause = error;
    Throwable before = error;
    while (cause.getCause() != null) {
      before = cause;
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    if (message == null) return cause.toString();
    boolean told = before.getMessage() != null && before.getMessage().contains(message);
    return told ? before.getMessage() : message;
  }

  /** Without the cause, whose trace is in the log: this message is what the person reads. */
  private static final class Refused extends RuntimeException {
    Refused(String message) {
      super(message);
    }
  }
}
