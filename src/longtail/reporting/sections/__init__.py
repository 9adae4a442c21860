"""The sections of the report: each has one module and one template of the same name."""
