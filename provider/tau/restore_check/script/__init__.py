"""The restore check: runs inside the cluster, in the image of the Barman plugin's sidecar, from a mounted ConfigMap.

`check` does the work and never fails its container; `record` waits for any end of it, removes what
was made, and writes the result down. That image has Python, psycopg2 and boto3; nothing else is used.
"""
