-- Which animals cost most? Reads the Parquet that bird_strikes.py wrote.
-- The job gives the folder: --conf spark.quickstart.lake=oss://BUCKET/FOLDER
SELECT species,
       count(*) AS strikes,
       count_if(damaged) AS damaged,
       sum(cost_usd) AS cost_usd
FROM parquet.`${spark.quickstart.lake}/strikes.parquet`
WHERE species NOT LIKE 'Unknown%'
GROUP BY species
ORDER BY cost_usd DESC, strikes DESC
LIMIT 5;
