"""Rules for single values: what each must look like, in one sentence."""
