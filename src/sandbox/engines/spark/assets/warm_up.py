"""Loads the classes that most jobs need, so that the JVM can archive them when it ends."""

from operator import add

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.window import Window

spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext

context.parallelize(range(100), 2).map(lambda x: (x % 3, x)).reduceByKey(add).collect()

people = spark.createDataFrame([(1, "a", 2.5), (2, "b", 3.5)], ["id", "name", "score"])
people.write.mode("overwrite").option("header", True).csv("oss://warm-up/csv")
people.write.mode("overwrite").json("oss://warm-up/json")
read = spark.read.option("header", True).option("inferSchema", True).csv("oss://warm-up/csv")
read.join(people, "id").groupBy(people.name).agg(F.sum("id"), F.avg(people.score)).orderBy("name").collect()
read.withColumn("rank", F.row_number().over(Window.partitionBy("name").orderBy("id"))).collect()
read.write.mode("overwrite").partitionBy("name").parquet("oss://warm-up/parquet")
spark.read.parquet("oss://warm-up/parquet").filter("score > 3").show()
spark.read.json("oss://warm-up/json").createOrReplaceTempView("people")
spark.sql("SELECT name, count(*) FROM people GROUP BY name HAVING count(*) > 0 ORDER BY name").collect()

# The SQL driver ends this JVM itself, and with it the connection to this program.
arguments = context._gateway.new_array(context._jvm.java.lang.String, 2)
arguments[0] = "-e"
arguments[1] = "CREATE TABLE warm USING parquet AS SELECT 1 AS one; SELECT * FROM warm; SHOW TABLES"
try:
    context._jvm.org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver.main(arguments)
except Exception:
    pass
