"""The plugin's process: what the engine may call, and where each token is found."""
