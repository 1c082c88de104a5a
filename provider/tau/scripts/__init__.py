"""Scripts that run inside the cluster, in the image of the Barman plugin's sidecar; tau sends them as text."""
