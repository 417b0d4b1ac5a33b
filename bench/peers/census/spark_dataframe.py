"""Preprocessing on Spark's DataFrames, all of it in the JVM: spark_dataframe.py INPUT OUTPUT_FOLDER CORES
Prints the rows, and the seconds without the start of Spark."""
import os
import sys
import time

from columns import COLUMNS, NAMES, SCALES
from pyspark.sql import SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import StringType, StructField, StructType


def encoded(frame):
    """Valid rows with their missing values imputed, as features."""
    for name, low, high, substitute in COLUMNS:
        text = f.trim(f.col(name))
        missing = text.isNull() | text.isin("", "NA")
        number = f.expr(f"try_cast(trim({name}) as double)")
        valid = (number == f.floor(number)) & number.between(low, high)
        frame = frame.filter(valid if substitute is None else missing | valid)
        if substitute is not None:
            number = f.when(missing, f.lit(float(substitute))).otherwise(number)
        frame = frame.withColumn(name, number)
    columns = []
    for name, low, high, _ in COLUMNS:
        if name == "employed":
            columns.append(f.col(name).cast("long").alias("label"))
        elif name == "puma":
            columns += [(f.col(name) == code).cast("float").alias(f"{name}_{code}") for code in range(low, high + 1)]
        elif high > low:
            bottom, top = SCALES.get(name, (low, high))
            clipped = f.least(f.greatest(f.col(name), f.lit(float(bottom))), f.lit(float(top)))
            columns.append(((clipped - bottom) / (top - bottom)).cast("float").alias(name))
    return frame.select(*columns)


def main():
    source, folder, cores = sys.argv[1:]
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (SparkSession.builder.master(f"local[{cores}]").config("spark.ui.enabled", "false")
             .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
             .config("spark.sql.ansi.enabled", "false").getOrCreate())
    start = time.perf_counter()
    schema = StructType([StructField(name, StringType()) for name in NAMES] + [StructField("more", StringType())])
    frame = spark.read.csv(source, header=True, schema=schema, enforceSchema=True, mode="PERMISSIVE")
    frame = encoded(frame.filter(f.col("more").isNull()).drop("more"))
    frame.write.mode("overwrite").parquet(folder)
    print(spark.read.parquet(folder).count(), round(time.perf_counter() - start, 3))
    spark.stop()


if __name__ == "__main__":
    main()
