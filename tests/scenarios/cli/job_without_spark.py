"""The carried Spark job's own code, chunk after chunk without Spark:
job_without_spark.py FOLDER_OF_THE_JOB JOB.json"""
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import census_job
import census_lines

with open(sys.argv[2], encoding="utf-8") as file:
    job = json.load(file)
ranges = census_job.plan_ranges(job)
chunks = [census_lines.clean_chunk(job, *a_range) for a_range in ranges]
starts = census_job.first_lines(ranges, [chunk["lines"] for chunk in chunks])
names = [about["name"] for about in job["inputs"]]
done = {
    i: census_job.finish_chunk(job, job["statistics"], names, i, chunk, ranges[i][0], starts[i], [])
    for i, chunk in enumerate(chunks)
}
about = {i: (chunk["lines"], chunk["kinds"]) for i, chunk in enumerate(chunks)}
with open(os.path.join(job["staging"], "summary.json"), "w", encoding="utf-8") as file:
    json.dump(census_job.summary(about, done, job["statistics"], len(ranges)), file)
