"""In which phase of a flight do aircraft meet animals, and what comes of it?

    bird_strikes.py SOURCE.csv TARGET

Reads the strike reports, writes them to TARGET as Parquet with typed columns, and prints a table, one row for each
phase of flight, as tab-separated text.

Data: FAA Wildlife Strike Database (https://wildlife.faa.gov), a work of the United States government, the 10,000
reports that the npm package vega-datasets 3 carries as data/birdstrikes.csv. See README.md beside this file.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

source, target = sys.argv[1:3]
spark = SparkSession.builder.appName("bird strikes").getOrCreate()

damage = F.col("Effect Amount of damage")
strikes = spark.read.csv(source, header=True).select(
    F.to_date("Flight Date").alias("day"),
    F.col("Airport Name").alias("airport"),
    F.col("Origin State").alias("state"),
    F.col("Phase of flight").alias("phase"),
    F.col("Wildlife Species").alias("species"),
    (damage != "None").alias("damaged"),
    F.col("Cost Total $").cast("long").alias("cost_usd"),
    F.col("Speed IAS in knots").cast("int").alias("knots"),
)
strikes.write.mode("overwrite").parquet(target)

written = spark.read.parquet(target)
by_phase = (
    written.groupBy("phase")
    .agg(
        F.count("*").alias("strikes"),
        F.sum(F.col("damaged").cast("int")).alias("damaged"),
        F.round(F.avg("knots")).cast("int").alias("mean_knots"),
        F.sum("cost_usd").alias("cost_usd"),
    )
    .orderBy(F.desc("strikes"))
)
print(f"{written.count()} reports of {source} are in {target}")
print(*by_phase.columns, sep="\t")
for row in by_phase.collect():
    print(*row, sep="\t")

spark.stop()
