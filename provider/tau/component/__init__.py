"""What components are made with: children, adoption, access to the cluster, what each may claim."""
