"""`monitoring` of an Instance: PodMonitor, alerts and dashboard."""
