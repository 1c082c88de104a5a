"""What tau promises to others: schema, generated files, manifests, versions, the shape of the code."""
